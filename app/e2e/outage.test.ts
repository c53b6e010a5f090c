import { expect, inject, onTestFinished, test } from 'vitest';
import { leaseAt } from './chain';
import { listGpus, openLease, startLease } from './cli';
import { cable } from './proxy';
import { visit } from './visitor';

const { cluster } = inject('market');

test('a validator goes away and comes back: the page says so, and goes on by itself', async () => {
  const [rpc, news] = await Promise.all([cable(cluster.rpcUrl), cable(cluster.wsUrl)]);
  onTestFinished(() => [rpc, news].forEach(({ remove }) => remove()));
  const renter = await visit({ cluster: { rpcUrl: rpc.url, wsUrl: news.url }, mayBeCutOff: true });
  const lease = await openLease(await listGpus());
  const offers = renter.page.getByText(/^[\d,]+ of [\d,]+ offers$/);
  await renter.openAs('Renter', '/');
  await offers.waitFor();
  await renter.open(`/leases/${lease}`);
  await renter.page.getByText('pending', { exact: true }).waitFor();

  rpc.cut();
  news.cut();
  const warning = renter.page.getByText('The cluster does not answer.');
  await warning.waitFor();
  // What was there last stays readable, and whoever signs is told that nothing went out.
  expect(await renter.amount('Deposited')).toBe((await leaseAt(lease)).ledger.deposited);
  await renter.open('/');
  await offers.waitFor();
  await renter.open(`/leases/${lease}`);

  // Somebody else goes on.
  await startLease(lease);
  expect(await renter.page.getByText('pending', { exact: true }).isVisible()).toBe(true);

  // It is told so, and not only asks every half a minute.
  rpc.repair();
  news.repair();
  await renter.page.getByText('running', { exact: true }).waitFor();
  await expect.poll(() => warning.count(), { timeout: 15_000 }).toBe(0);
  expect(await renter.amount('Provider’s bond')).toBe((await leaseAt(lease)).ledger.bond);
});
