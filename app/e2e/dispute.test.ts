import { expect, test } from 'vitest';
import { balanceOf, leaseAt, moveClock } from './chain';
import { attest, listGpus, runLease } from './cli';
import { close } from './flows';
import { visit } from './visitor';

test('a renter disputes usage, the arbiter decides, and the money follows', async () => {
  const visitor = await visit();
  const before = await balanceOf('Renter');
  const lease = await runLease(await listGpus());
  await moveClock(3_600n);
  const claimed = await attest(lease);
  const admitted = claimed - 1_200n;
  const found = claimed - 600n;

  await visitor.openAs('Renter', `/leases/${lease}`);
  await visitor.act('Dispute the usage');
  const dialog = visitor.dialog('Dispute the usage');
  await visitor.field('You admit, since the start').fill(admitted.toString());
  const worth = await visitor.amount('In dispute', dialog);
  const { terms } = await leaseAt(lease);
  expect(worth).toBe((claimed * terms.price) / 3_600n - (admitted * terms.price) / 3_600n);
  await dialog.getByText('At best: your figure counts').waitFor();
  await dialog.getByRole('button', { name: 'Review' }).click();
  await visitor.sign('Dispute the usage');
  await visitor.page.getByText('disputed', { exact: true }).waitFor();
  const { dispute } = await leaseAt(lease);
  expect([dispute.renterUnits, dispute.providerUnits]).toEqual([admitted, claimed]);

  await visitor.actAs('Arbiter');
  const arbiterBefore = await balanceOf('Arbiter');
  await visitor.act('Decide the dispute');
  const decision = visitor.dialog('Decide the dispute');
  await visitor.field('Your finding, since the start').fill(found.toString());
  const pay =
    (await visitor.amount('You are paid by the renter’s side', decision)) +
    (await visitor.amount('You are paid by the provider', decision));
  await decision.getByRole('button', { name: 'Review' }).click();
  await visitor.sign('Decide the dispute');
  await expect.poll(async () => (await leaseAt(lease)).meter.accepted).toBe(found);
  await visitor.page.getByTitle(`${found} GPU-seconds`).first().waitFor();
  expect((await balanceOf('Arbiter')) - arbiterBefore).toBe(pay);

  await visitor.actAs('Renter');
  const { refund } = await close(visitor);
  const { deposited } = { deposited: 4n * terms.price };
  expect(before - (await balanceOf('Renter'))).toBeGreaterThan(0n);
  expect(refund).toBeLessThan(deposited);
});
