import { expect, test } from 'vitest';
import { balanceOf, leaseAt, moveClock, providerOf } from './chain';
import { attest, listGpus, runLease } from './cli';
import { rent, start, reportUsage } from './flows';
import { visit } from './visitor';

test('a provider lists GPUs, starts a lease, reports usage and collects', async () => {
  const provider = await visit();
  await provider.openAs('Provider', '/provider');
  await provider.button('List GPUs').click();
  for (const [label, value] of Object.entries({
    Model: 'Test B300',
    'Memory of one GPU': '288',
    'How many': '4',
    Region: 'eu-test-1',
    'Carbon intensity of the power': '31',
    'Price per GPU-hour': '3.6',
  }))
    await provider.field(label).fill(value);
  await provider.button('Review and sign').click();
  await provider.sign('List GPUs');
  await provider.page.getByRole('row', { name: /Test B300/ }).waitFor();

  const renter = await visit();
  const lease = await rent(renter, 'Test B300', { gpus: 2, hours: 5 });
  await start(provider, lease, 'ssh renter@203.0.113.9');
  await provider.moveClock('An hour on');
  const units = await reportUsage(provider, lease);
  const row = provider.rowOf(lease);
  await expect.poll(() => row.getByTitle(`${units} GPU-seconds`).count()).toBe(1);
  expect((await leaseAt(lease)).meter.latest.units).toBe(units);

  // The challenge window is an hour; then the usage is final.
  await provider.moveClock('An hour on');
  await provider.moveClock('Ten minutes on');
  const before = await balanceOf('Provider');
  const dueNow = () => provider.amount('Due now');
  await expect.poll(dueNow, { timeout: 15_000 }).toBeGreaterThan(0n);
  const due = await dueNow();
  await provider.collectEverything();
  await expect.poll(dueNow).toBe(0n);
  expect((await balanceOf('Provider')) - before).toBe(due);
  // 2 GPUs at 0.001 a second.
  expect((await leaseAt(lease)).ledger.released).toBe(units * 1_000n);

  // The renter reads what was handed over, and nobody else could have.
  await renter.open(`/leases/${lease}`);
  await renter.button('Show the credentials').click();
  await renter.page.getByText('ssh renter@203.0.113.9').waitFor();
  const { record } = (await providerOf('Provider')).data;
  expect(record.leasesStarted).toBeGreaterThan(0);
});

test('what is due of a lease that is over is collected with the rest', async () => {
  const visitor = await visit();
  const lease = await runLease(await listGpus(), { hours: 1 });
  await moveClock(600n);
  const units = await attest(lease);
  await visitor.openAs('Provider', '/provider');
  await visitor.moveClock('A day on');
  await visitor.rowOf(lease).getByText('closable', { exact: true }).waitFor();
  await visitor.collectEverything();
  await expect.poll(() => visitor.amount('Due now')).toBe(0n);
  const { ledger, terms } = await leaseAt(lease);
  expect(ledger.released).toBe((units * terms.price) / 3_600n);
});
