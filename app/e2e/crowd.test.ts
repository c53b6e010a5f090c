// A wallet with very many leases. `LEASES=10000` measures more than the suite has the time for.

import { expect, inject, onTestFinished, test } from 'vitest';
import { LEASE_DISCRIMINATOR } from '../src/generated';
import { crowdOf } from './crowd';
import { listing, node, type Listed } from './proxy';
import { longestTask } from './trace';
import { visit } from './visitor';

const { cluster } = inject('market');

const LEASES = Number(process.env.LEASES ?? 2_000);

test('thousands of leases of one wallet scroll without a long task, and only what is in sight is in the page', async () => {
  const own = await node(cluster.rpcUrl);
  onTestFinished(own.remove);
  let crowd: Listed[] | undefined;
  own.behave(
    listing((found, { params }) => {
      const filters = JSON.stringify((params[1] as { filters?: unknown }).filters ?? []);
      // Leases by their renter or payer, whose places are the first two behind the discriminator.
      if (!/"offset":(8|40)\D/.test(filters)) return found;
      const lease = found.find(({ account }) => LEASE_DISCRIMINATOR.every((byte, i) => Buffer.from(account.data[0], 'base64')[i] === byte));
      return lease ? (crowd ??= crowdOf(lease, LEASES)) : found;
    }),
  );
  const visitor = await visit({ cluster: { rpcUrl: own.url }, mayBeCutOff: true });
  const { page } = visitor;
  await visitor.openAs('Renter', '/leases');
  const cards = page.getByRole('main').getByRole('listitem');
  await cards.first().waitFor({ timeout: 60_000 });
  expect(Number(await cards.first().getAttribute('aria-setsize'))).toBe(LEASES);
  await page.waitForTimeout(2_000);
  const longest = await longestTask(page, async () => {
    await page.getByRole('main').hover();
    for (let i = 0; i < 40; i++) await page.mouse.wheel(0, i < 25 ? 2_000 : -2_500);
    await page.waitForTimeout(2_500);
  });
  expect(await cards.count()).toBeLessThan(100);
  expect(longest).toBeLessThan(100);
});
