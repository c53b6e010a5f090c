import { expect, test } from 'vitest';
import { leaseAt } from './chain';
import { listGpus } from './cli';
import { rent, start, reportUsage } from './flows';
import { visit } from './visitor';

test('what is done in one tab shows in the other by itself', async () => {
  const renter = await visit();
  const provider = await renter.newTab();
  // The wallet is connected in one tab and remembered in the next.
  await renter.openAs('Renter', '/');
  await provider.open('/provider');
  await provider.page.getByRole('button', { name: 'Account Renter', exact: true }).waitFor();
  await provider.actAs('Provider');
  await provider.heading('Waiting for you to start').waitFor();

  const lease = await rent(renter, (await listGpus()).search);
  const row = provider.rowOf(lease);
  await row.getByRole('button', { name: 'Start' }).waitFor();
  await renter.page.getByText('pending', { exact: true }).waitFor();

  await start(provider, lease);
  await renter.page.getByText('running', { exact: true }).waitFor();
  await provider.moveClock('Ten minutes on');
  const units = await reportUsage(provider, lease);
  await renter.page.getByTitle(`${units} GPU-seconds`).first().waitFor();
  const { meter, ledger } = await leaseAt(lease);
  expect(meter.latest.units).toBe(units);
  expect(await renter.amount('Deposited')).toBe(ledger.deposited);
});
