import { expect, test } from 'vitest';
import { balanceOf, exists, leaseAt } from './chain';
import { listGpus, openLease, runLease } from './cli';
import { visit, type Visitor } from './visitor';

const HOUR = 3_600;

/** Opens an action's dialog, fills its field, and signs what it does. */
async function change(
  visitor: Visitor,
  button: string,
  title: string,
  ...field: [label: string, value: string] | []
) {
  await visitor.act(button);
  const dialog = visitor.dialog(title);
  const [label, value] = field;
  if (label && value) await dialog.getByLabel(label, { exact: true }).fill(value);
  await dialog.getByRole('button', { name: 'Review', exact: true }).click();
  await visitor.sign(title);
}

/** Signs as the attestor what was delivered until now, and submits nothing; the text for the renter. */
async function signUsage(visitor: Visitor, lease: string): Promise<string> {
  await visitor.openAs('Provider', '/provider');
  await visitor.rowOf(lease).getByRole('button', { name: 'Report usage' }).click();
  await visitor.button('Sign as the attestor').click();
  await visitor.button('Copy usage report').click();
  const text = await visitor.page.evaluate(() => navigator.clipboard.readText());
  await visitor.button('Cancel').click();
  return text;
}

test('a renter cancels what has not started, and all of it comes back', async () => {
  const renter = await visit();
  const before = await balanceOf('Renter');
  const lease = await openLease(await listGpus());
  expect(await balanceOf('Renter')).toBeLessThan(before);
  await renter.openAs('Renter', `/leases/${lease}`);
  await renter.act('Cancel, all of it comes back');
  await renter.sign('Cancel the lease');
  await renter.heading('A lease that is over').waitFor();
  expect([await exists(lease), await balanceOf('Renter')]).toEqual([false, before]);
});

test('a lease is extended, grows, is co-signed and settled, shrinks, gets notice and is closed by both', async () => {
  const visitor = await visit({ permissions: ['clipboard-read', 'clipboard-write'] });
  const lease = await runLease(await listGpus(), { gpus: 2 });
  await visitor.openAs('Renter', `/leases/${lease}`);
  await change(visitor, 'Extend', 'Extend the lease', 'Longer by', '2');
  expect((await leaseAt(lease)).duration).toBe(6 * HOUR);
  await change(visitor, 'Change the GPUs', 'Change the number of GPUs', 'GPUs', '3');
  expect((await leaseAt(lease)).meter.gpus).toBe(3);

  await visitor.moveClock('An hour on');
  const text = await signUsage(visitor, lease);
  await visitor.openAs('Renter', `/leases/${lease}`);
  await visitor.act('Co-sign usage');
  const coSigning = visitor.dialog('Co-sign usage');
  await coSigning.getByLabel('Usage report of the provider').fill(text);
  await coSigning.getByRole('button', { name: 'Sign it' }).click();
  await coSigning.getByRole('button', { name: 'Review', exact: true }).click();
  await visitor.sign('Co-sign usage');
  const { meter, terms } = await leaseAt(lease);
  expect(meter.accepted).toBe(meter.latest.units);
  await expect.poll(() => visitor.amount('Due now')).toBe((meter.accepted * terms.price) / BigInt(HOUR));

  const before = await balanceOf('Provider');
  await visitor.act('Settle what is due');
  await visitor.sign('Settle');
  const { released, fees } = (await leaseAt(lease)).ledger;
  expect((await balanceOf('Provider')) - before).toBe(released - fees);

  await change(visitor, 'Change the GPUs', 'Change the number of GPUs', 'GPUs', '1');
  const { gpus, previousGpus } = (await leaseAt(lease)).meter;
  expect([gpus, previousGpus]).toEqual([1, 3]);
  await change(visitor, 'Give notice', 'Give notice');
  const { endsAt, startedAt } = await leaseAt(lease);
  expect(endsAt - startedAt).toBeLessThan(6 * HOUR);
  await change(visitor, 'Close it now, both signing', 'Close it together');
  await visitor.heading('A lease that is over').waitFor();
  expect(await exists(lease)).toBe(false);
});
