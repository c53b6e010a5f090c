// A node that is poor rather than a liar: what it does not answer, answers twice or cannot read is said, and nothing is made of it.

import type { Address } from '@solana/kit';
import { expect, inject, onTestFinished, test } from 'vitest';
import { signaturesOf } from './chain';
import { listGpus } from './cli';
import { rent, start } from './flows';
import { doubling, dropping, failing, ignoring, node, otherVersion, slow, together } from './proxy';
import { visit } from './visitor';

const { cluster } = inject('market');

async function visitThrough() {
  const own = await node(cluster.rpcUrl);
  onTestFinished(own.remove);
  return { own, visitor: await visit({ cluster: { rpcUrl: own.url }, mayBeCutOff: true }) };
}

test('a node that refuses lists: nothing is called empty, and what failed comes with another try', async () => {
  const { own, visitor } = await visitThrough();
  await visitor.openAs('Renter', '/');
  await visitor.page.getByText(/^[\d,]+ of [\d,]+ offers$/).waitFor();
  own.behave(failing(429, 'getProgramAccounts', 'getTokenAccountBalance'));
  await visitor.open('/governance');
  await visitor.heading('This view cannot be shown').waitFor();
  expect(await visitor.page.getByText('Locked', { exact: true }).count()).toBe(0);
  await visitor.open('/leases');
  await visitor.page.getByText('Your leases could not be read.').waitFor();
  await visitor.page.getByText('asked too often', { exact: false }).first().waitFor();
  expect(await visitor.page.getByText('No leases yet').count()).toBe(0);
  own.behave(slow(300, 'getProgramAccounts'));
  await visitor.button('Try again').click();
  await visitor.page.getByText('could not be read').first().waitFor({ state: 'detached' });
});

test('a node that doubles, ignores where to begin and has other versions: each event once, the gap counted, the credentials shown', async () => {
  const { own, visitor } = await visitThrough();
  const lease = await rent(visitor, (await listGpus()).search);
  await start(await visit(), lease, 'ssh renter@198.51.100.9');
  const opening = (await signaturesOf(lease as Address)).at(-1)!;
  own.behave(
    together(
      doubling('getSignaturesForAddress'),
      ignoring('getSignaturesForAddress', 'until', 'before'),
      otherVersion((text) => text.includes(opening)),
    ),
  );
  await visitor.page.reload();
  const events = visitor.page.getByRole('region', { name: 'Events of the lease' });
  await events.getByRole('row', { name: /^Lease started/ }).waitFor();
  expect(await events.getByRole('row', { name: /^Lease started/ }).count()).toBe(1);
  await visitor.page
    .getByText('1 transaction is not shown: 1 of a version that this page cannot read.')
    .waitFor();
  await visitor.page.getByText(/^The node does not have what happened before/).waitFor();
  await visitor.button('Show the credentials').click();
  await visitor.page.getByText('ssh renter@198.51.100.9').waitFor();

  // What a node has dropped is not called unpublished.
  own.behave(dropping('getSignaturesForAddress', () => false));
  await visitor.page.reload();
  await visitor.button('Show the credentials').click();
  await visitor.page.getByText(/are not in the history that this node keeps; ask another node/).waitFor();
});

test('a view whose file failed loads once it can', async () => {
  const visitor = await visit({ mayBeCutOff: true });
  await visitor.open('/');
  let isBroken = true;
  await visitor.context.route('**/assets/Governance-*.js', (route) =>
    isBroken ? route.abort() : route.continue(),
  );
  await visitor.page.getByRole('link', { name: 'Governance' }).click();
  await visitor.page.getByText('This part of the page could not be loaded.').waitFor();
  isBroken = false;
  await visitor.button('Load the page again').click();
  await expect.poll(() => visitor.heading('Governance').count(), { timeout: 20_000 }).toBe(1);
});

test('a browser without network says so, and goes on by itself', async () => {
  const visitor = await visit({ mayBeCutOff: true });
  await visitor.open('/');
  await visitor.context.setOffline(true);
  await visitor.page.getByText('You are offline.', { exact: true }).waitFor();
  expect(
    await visitor.page
      .getByRole('button', { name: /^Cluster / })
      .locator('span')
      .getAttribute('class'),
  ).toContain('down');
  await visitor.context.setOffline(false);
  await visitor.page.getByText('You are offline.', { exact: true }).waitFor({ state: 'detached' });
});
