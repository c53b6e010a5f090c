// Lists longer than the local market's. `LEASES=10000 OFFERS=50000` measures more than the suite has the time for.

import { getBase64Encoder, type ReadonlyUint8Array } from '@solana/kit';
import type { Page } from 'playwright-core';
import { expect, inject, onTestFinished, test } from 'vitest';
import { LEASE_DISCRIMINATOR, OFFER_DISCRIMINATOR } from 'gpu-lease';
import { leasesLike, offersLike } from './crowd';
import { listing, node, type Listed } from './proxy';
import { longestTask } from './trace';
import { visit } from './visitor';

const { cluster } = inject('market');

const LEASES = Number(process.env.LEASES ?? 2_000);
const OFFERS = Number(process.env.OFFERS ?? 10_000);

const is =
  (discriminator: ReadonlyUint8Array) =>
  ({ account }: Listed) => {
    const bytes = getBase64Encoder().encode(account.data[0]);
    return discriminator.every((byte, i) => bytes[i] === byte);
  };

/** A node that lists very many accounts like the one that it has of some kind; `asked` is what the request has to filter by. */
async function crowded(
  discriminator: ReadonlyUint8Array,
  asked: RegExp,
  like: (account: Listed) => Listed[],
) {
  const own = await node(cluster.rpcUrl);
  onTestFinished(own.remove);
  let crowd: Listed[] | undefined;
  own.behave(
    listing((found, { params }) => {
      const filters = JSON.stringify((params[1] as { filters?: unknown }).filters ?? []);
      const one = asked.test(filters) ? found.find(is(discriminator)) : undefined;
      return one ? (crowd ??= like(one)) : found;
    }),
  );
  return visit({ cluster: { rpcUrl: own.url }, mayBeCutOff: true });
}

/** The longest task of the calmer of two times: other work on the machine only makes tasks longer. */
const shorter = async (page: Page, act: () => Promise<void>) =>
  Math.min(await longestTask(page, act), await longestTask(page, act));

test('very many leases of one wallet scroll without a long task, and only what is in sight is in the page', async () => {
  // Leases by their renter or payer, whose places are the first two after the discriminator.
  const visitor = await crowded(LEASE_DISCRIMINATOR, /"offset":(8|40)\D/, (lease) =>
    leasesLike(lease, LEASES),
  );
  const { page } = visitor;
  await visitor.openAs('Renter', '/leases');
  const cards = page.getByRole('main').getByRole('listitem');
  await cards.first().waitFor({ timeout: 60_000 });
  expect(Number(await cards.first().getAttribute('aria-setsize'))).toBe(LEASES);
  await page.waitForTimeout(2_000);
  const scroll = async () => {
    await page.getByRole('main').hover();
    for (let i = 0; i < 40; i++) await page.mouse.wheel(0, i < 25 ? 2_000 : -2_500);
    await page.waitForTimeout(2_500);
  };
  const longest = await shorter(page, scroll);
  expect(await cards.count()).toBeLessThan(100);
  expect(longest).toBeLessThan(100);
});

test('very many offers are searched and scrolled without a long task', async () => {
  const visitor = await crowded(OFFER_DISCRIMINATOR, /./, (offer) => offersLike(offer, OFFERS));
  const { page } = visitor;
  await visitor.open('/');
  await page.getByText(`${OFFERS.toLocaleString('en-US')} offers`).waitFor({ timeout: 60_000 });
  await page.waitForTimeout(2_000);
  const scroll = async () => {
    await page.getByRole('table', { name: 'Offers' }).hover();
    for (let i = 0; i < 40; i++) await page.mouse.wheel(0, i < 25 ? 2_000 : -2_500);
    await page.waitForTimeout(1_000);
  };
  const longest = await shorter(page, scroll);
  expect(longest).toBeLessThan(100);
  const typed = await longestTask(page, () =>
    visitor.field('Model or region').pressSequentially('l40s', { delay: 100 }),
  );
  expect(await visitor.field('Model or region').inputValue()).toBe('l40s');
  expect(await page.getByRole('table', { name: 'Offers' }).getByRole('row').count()).toBeLessThan(100);
  console.log(`longest task while typing: ${typed.toFixed(1)} ms`);
});
