import { getTransferCheckedInstruction, TOKEN_PROGRAM_ADDRESS } from '@solana-program/token';
import { createNoopSigner, type Address } from '@solana/kit';
import { expect, test } from 'vitest';
import { ensureTokenAccount, getSetSessionKeyInstruction, readAccount, seen, tokenAccount } from 'gpu-lease';
import {
  addressOf,
  balanceAt,
  balanceOf,
  clock,
  exists,
  leaseAt,
  mintOf,
  moveClock,
  newAccount,
  providerOf,
  rpc,
  send,
  walletWith,
} from './chain';
import { attest, listGpus, openLease, runLease } from './cli';
import { rent, start, reportUsage } from './flows';
import { SCREENSHOTS } from './screenshots';
import { visit, type Visitor } from './visitor';

/** Fills in an amount, and signs for it. */
async function move(visitor: Visitor, button: 'Pay in' | 'Withdraw', title: string, amount: string) {
  await visitor.page
    .getByRole('row', { name: /^tUSD / })
    .getByRole('button', { name: button })
    .click();
  await visitor.dialog(title).getByLabel('Amount', { exact: true }).fill(amount);
  await visitor.dialog(title).getByRole('button', { name: 'Review and sign' }).click();
}

/** Names the operator of the provider called `Provider`; none without an address. */
async function nameOperator(visitor: Visitor, address: string) {
  await visitor.openAs('Provider', '/provider');
  await visitor.button('Change the keys').click();
  await visitor.field('Operator (optional)').fill(address);
  await visitor.dialog('Change the keys').getByRole('button', { name: 'Review and sign' }).click();
}

test('a provider changes its keys, and reads first what each may do', async () => {
  const visitor = await visit();
  const before = (await providerOf('Provider')).data;
  await nameOperator(visitor, addressOf('Delegate'));
  await visitor.page.getByText(/ replaces .* as the operator: it starts leases/).waitFor();
  await visitor.page.getByText('What will change').waitFor();
  await visitor.page.screenshot({ path: `${SCREENSHOTS}/review of keys.png` });
  await visitor.sign('Change the keys');
  expect((await providerOf('Provider')).data).toMatchObject({
    attestor: before.attestor,
    operator: addressOf('Delegate'),
  });
  await nameOperator(visitor, '');
  await visitor.page.getByText(/is no longer the operator/).waitFor();
  await visitor.sign('Change the keys');
  await visitor.button('Change the keys').click();
  await visitor.field('Attestor').fill('not a key');
  await visitor.dialog('Change the keys').getByText('This is not a valid address.').waitFor();
  await visitor.button('Cancel').click();
  await nameOperator(visitor, before.operator);
  await visitor.sign('Change the keys');
  expect((await providerOf('Provider')).data).toMatchObject({
    attestor: before.attestor,
    operator: addressOf('Operator'),
  });
});

test('an operator starts out of the bond account, moves the machine, and leaves what nothing pays', async () => {
  const visitor = await visit();
  const { address: provider } = await providerOf('Provider');
  const before = await balanceAt(provider);
  await visitor.openAs('Provider', '/provider');
  await move(visitor, 'Pay in', 'Pay into the bond account', '40');
  await visitor.sign('Pay into the bond account');
  const paidIn = before + 40_000_000n;
  expect(await balanceAt(provider)).toBe(paidIn);

  const lease = await rent(visitor, (await listGpus()).search);
  await start(visitor, lease, 'ssh renter@203.0.113.7', 'Operator');
  const { bondIsPooled, ledger } = await leaseAt(lease);
  expect([bondIsPooled, await balanceAt(provider)]).toEqual([1, paidIn - ledger.bond]);

  await visitor.openAs('Operator', `/leases/${lease}`);
  await expect
    .poll(() => visitor.offered(), { timeout: 20_000 })
    .toEqual([
      'Report usage under Provider',
      'Top up',
      'Replace the credentials',
      'Close it now, both signing',
    ]);
  await visitor.act('Replace the credentials');
  const dialog = visitor.dialog('Replace the credentials');
  await visitor.field('Access credentials').fill('ssh renter@203.0.113.8');
  await dialog.getByRole('button', { name: 'Review', exact: true }).click();
  await visitor.page.getByText('The renter is shown that they were replaced').waitFor();
  await visitor.page.getByText('What will change').waitFor();
  await visitor.page.screenshot({ path: `${SCREENSHOTS}/review of credentials.png` });
  await visitor.sign('Replace the credentials');

  await visitor.openAs('Renter', `/leases/${lease}`);
  await visitor.page.getByText(/^Replaced .* by the provider’s operator\.$/).waitFor();
  await visitor.button('Show the credentials').click();
  await visitor.page.getByText('ssh renter@203.0.113.8').waitFor();
  await visitor.page.getByRole('row', { name: /^Access published/ }).waitFor();
  await visitor.page.screenshot({ path: `${SCREENSHOTS}/replaced credentials.png`, fullPage: true });

  // The renter lets it run longer, and pays for no more than it did.
  await visitor.act('Extend');
  await visitor.field('Longer by').fill('2');
  await visitor.dialog('Extend the lease').getByRole('button', { name: 'Review', exact: true }).click();
  await visitor.sign('Extend the lease');
  for (let hour = 0; hour < 4; hour++) await visitor.moveClock('An hour on');
  await reportUsage(visitor, lease);
  await visitor.openAs('Operator', `/leases/${lease}`);
  await expect.poll(() => visitor.offered(), { timeout: 20_000 }).toContain('Give notice');
  await visitor.act('Give notice');
  await visitor.page.getByText('The lease ends at once').waitFor();
  await visitor.dialog('Give notice').getByRole('button', { name: 'Review', exact: true }).click();
  await visitor.sign('Give notice');
  const { endsAt, startedAt, duration } = await leaseAt(lease);
  expect(endsAt).toBeLessThan(startedAt + BigInt(duration));

  await visitor.moveClock('An hour on');
  await visitor.moveClock('An hour on');
  await visitor.act('Close the lease');
  await visitor.sign('Close the lease');
  expect([await exists(lease), await balanceAt(provider)]).toEqual([false, paidIn]);

  await visitor.openAs('Provider', '/provider');
  await move(visitor, 'Withdraw', 'Withdraw from the bond account', '40');
  await visitor.page.getByText(/^Takes 40\.00 tUSD out of the bond account/).waitFor();
  await visitor.page.getByText('What will change').waitFor();
  await visitor.page.screenshot({ path: `${SCREENSHOTS}/review of a withdrawal.png` });
  const wallet = await balanceOf('Provider');
  await visitor.sign('Withdraw from the bond account');
  expect([await balanceAt(provider), (await balanceOf('Provider')) - wallet]).toEqual([before, 40_000_000n]);
  await visitor.page.getByRole('row', { name: /^40\.00 tUSD/ }).waitFor();
});

test('a provider takes a bond out of its bond account, and closes together by its operator', async () => {
  const visitor = await visit();
  const { address: provider } = await providerOf('Provider');
  const before = await balanceAt(provider);
  const gpus = await listGpus();
  const lease = await openLease(gpus);
  await visitor.openAs('Provider', '/provider');
  await visitor.rowOf(lease).getByRole('button', { name: 'Start' }).click();
  await visitor.field('The bond comes from').selectOption('true');
  await visitor.field('Access credentials').fill('ssh renter@203.0.113.7');
  await visitor.page.screenshot({ path: `${SCREENSHOTS}/starting out of the bond account.png` });
  await visitor.dialog('Start the lease').getByRole('button', { name: 'Review and sign' }).click();
  await visitor.sign('Start the lease');
  expect((await leaseAt(lease)).bondIsPooled).toBe(1);

  await visitor.openAs('Renter', `/leases/${lease}`);
  await visitor.act('Change the GPUs');
  await visitor.field('GPUs').fill('2');
  const growing = visitor.dialog('Change the number of GPUs');
  // The likeliest is the operator, with a bond out of the bond account.
  await visitor.page.screenshot({ path: `${SCREENSHOTS}/growing.png` });
  await growing.getByRole('button', { name: 'Review', exact: true }).click();
  await visitor.sign('Change the number of GPUs');
  const { ledger, meter } = await leaseAt(lease);
  expect([meter.gpus, await balanceAt(provider)]).toEqual([2, before - ledger.bond]);

  await visitor.moveClock('Ten minutes on');
  await reportUsage(visitor, lease, 60n);
  await visitor.openAs('Renter', `/leases/${lease}`);
  await visitor.act('Close it now, both signing');
  const dialog = visitor.dialog('Close it together');
  await dialog.getByLabel(/^The provider’s operator signs/).check();
  await dialog.getByText('the whole bond returns to the provider').waitFor();
  await visitor.page.screenshot({ path: `${SCREENSHOTS}/closing together by the operator.png` });
  await dialog.getByRole('button', { name: 'Review', exact: true }).click();
  await visitor.sign('Close it together');
  expect([await exists(lease), await balanceAt(provider)]).toEqual([false, before]);

  // The next one starts as this one did.
  const next = await openLease(gpus);
  await visitor.openAs('Provider', '/provider');
  await visitor.rowOf(next).getByRole('button', { name: 'Start' }).click();
  expect(await visitor.field('The bond comes from').inputValue()).toBe('true');
});

test('a renter’s session key disputes for it, and does nothing else that is the renter’s', async () => {
  const guard = await newAccount('Guard');
  const visitor = await visit(walletWith(guard));
  const lease = await runLease(await listGpus());
  const renter = addressOf('Renter');
  const token = { mint: mintOf('tUSD'), tokenProgram: TOKEN_PROGRAM_ADDRESS };
  const { value } = await rpc
    .getAccountInfo(lease as Address, { encoding: 'base64', commitment: 'confirmed' })
    .send();
  const shown = readAccount('lease', lease as Address, value!.data[0]);
  const validUntil = (await clock()) + 300n;
  await send('Renter', [
    getSetSessionKeyInstruction({
      renter: createNoopSigner(renter),
      lease: shown.address,
      seen: { ...(await seen(shown)), validUntil },
      replaced: shown.sessionKey,
      sessionKey: guard.address,
    }),
    await ensureTokenAccount(renter, guard.address, token),
    getTransferCheckedInstruction({
      source: await tokenAccount(renter, token),
      mint: token.mint,
      destination: await tokenAccount(guard.address, token),
      authority: createNoopSigner(renter),
      amount: 20_000_000n,
      decimals: 6,
    }),
  ]);
  await moveClock(3_600n);
  const claimed = await attest(lease);

  await visitor.openAs('Guard', '/leases');
  await visitor.page.getByRole('main').getByRole('link').filter({ hasText: 'session key' }).click();
  await visitor.page.waitForURL(new RegExp(lease));
  await expect
    .poll(() => visitor.offered(), { timeout: 20_000 })
    .toEqual(['Co-sign usage', 'Top up', 'Give notice', 'Dispute the usage']);
  await visitor.page.screenshot({ path: `${SCREENSHOTS}/lease of a session key.png`, fullPage: true });
  await visitor.act('Dispute the usage');
  await visitor.field('You admit, since the start').fill((claimed - 1_200n).toString());
  await visitor.dialog('Dispute the usage').getByRole('button', { name: 'Review' }).click();
  await visitor.sign('Dispute the usage');
  const { dispute, ledger } = await leaseAt(lease);
  expect(dispute.renterUnits).toBe(claimed - 1_200n);
  expect(await balanceAt(guard.address)).toBe(20_000_000n - ledger.stake);
});
