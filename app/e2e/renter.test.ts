import { expect, test } from 'vitest';
import { balanceOf, exists, leaseAt } from './chain';
import { listGpus } from './cli';
import { close, rent, start, reportUsage } from './flows';
import { visit } from './visitor';

test('a renter rents, tops up and closes', async () => {
  const visitor = await visit();
  const before = await balanceOf('Renter');
  const lease = await rent(visitor, (await listGpus()).search, { gpus: 2, hours: 1 });
  const { deposited } = (await leaseAt(lease)).ledger;
  expect(await visitor.amount('Deposited')).toBe(deposited);
  expect(before - (await balanceOf('Renter'))).toBe(deposited);

  await visitor.act('Top up');
  const dialog = visitor.dialog('Top up');
  await visitor.field('Amount').fill('1.25');
  expect(await visitor.amount('Deposited after this', dialog)).toBe(deposited + 1_250_000n);
  await dialog.getByRole('button', { name: 'Review' }).click();
  await visitor.sign('Top up');
  await expect.poll(() => visitor.amount('Deposited')).toBe(deposited + 1_250_000n);
  expect((await leaseAt(lease)).ledger.deposited).toBe(deposited + 1_250_000n);

  await start(visitor, lease);
  await visitor.moveClock('An hour on');
  const units = await reportUsage(visitor, lease, 600n);
  await visitor.moveClock('An hour on');
  await visitor.moveClock('An hour on');

  await visitor.openAs('Renter', `/leases/${lease}`);
  const { refund, fees } = await close(visitor);
  // Ten minutes of one GPU were missing: 600 of the two hours.
  const gross = (units * 2_490_000n) / 3_600n;
  expect(refund).toBeGreaterThan(deposited + 1_250_000n - gross);
  expect(fees).toBeGreaterThan(0n);
  expect((await balanceOf('Renter')) - before).toBe(refund - deposited - 1_250_000n);
  expect(await exists(lease)).toBe(false);
  await visitor.heading('A lease that is over').waitFor();
  await visitor.page.getByText(/ tUSD back, /).waitFor();
});
