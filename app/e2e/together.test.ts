import {
  appendTransactionMessageInstruction,
  compileTransaction,
  createNoopSigner,
  createTransactionMessage,
  getBase64EncodedWireTransaction,
  pipe,
  setTransactionMessageFeePayer,
  setTransactionMessageLifetimeUsingBlockhash,
} from '@solana/kit';
import { getTransferSolInstruction } from '@solana-program/system';
import { expect, inject, test } from 'vitest';
import {
  fetchOffer,
  isCall,
  OPEN_LEASE_DISCRIMINATOR,
  parseOpenLeaseInstruction,
  requestOf,
  transactionFromText,
} from 'gpu-lease';
import { addressOf, balanceOf, leaseAt, rpc } from './chain';
import { fileOf, listGpus, run } from './cli';
import { SCREENSHOTS } from './screenshots';
import { visit } from './visitor';

const { cluster } = inject('market');

/** Somebody whose wallet has this account alone. */
const visitAs = (name: string) =>
  visit({
    cluster: {
      developmentWallet: (cluster.developmentWallet ?? []).filter((account) => account.name === name),
    },
  });

/** As a renter, prepares a lease of two GPUs for four hours that the sponsor pays for, within so long; the text to hand over. */
async function prepareSponsored(within: 'a minute' | 'a day' = 'a minute'): Promise<string> {
  const renter = await visitAs('Renter');
  await renter.openAs('Renter', `/?q=${(await listGpus()).search}&gpus=2&hours=4`);
  await renter.page.getByRole('link', { name: 'Rent it' }).click();
  await renter.field('Paid by another wallet (optional)').fill(addressOf('Sponsor'));
  await renter.field('The other party signs within').selectOption(within);
  await renter.button('Review and sign').click();
  if (within !== 'a minute')
    await renter
      .dialog('Keep it good: open a durable nonce')
      .getByRole('button', { name: 'Sign and send' })
      .click();
  await renter.dialog('Open the lease').getByRole('button', { name: 'Sign and send' }).click();
  return renter.field('Half-signed transaction').inputValue();
}

/** The offer that a prepared lease is on, as the chain has it. */
async function offerOf(text: string) {
  const opening = requestOf(transactionFromText(text)).instructions.find((instruction) =>
    isCall(instruction, OPEN_LEASE_DISCRIMINATOR),
  );
  if (!opening || !isCall(opening, OPEN_LEASE_DISCRIMINATOR)) throw new Error('no lease is opened');
  return (await fetchOffer(rpc, parseOpenLeaseInstruction(opening).accounts.offer.address)).data;
}

/** Who uses and who paid for a lease on chain, and how much. */
async function paid(lease: string) {
  const { renter, payer, ledger } = await leaseAt(lease);
  return { renter, payer, deposited: ledger.deposited };
}

const bySponsor = async (before: bigint) => ({
  renter: addressOf('Renter'),
  payer: addressOf('Sponsor'),
  deposited: before - (await balanceOf('Sponsor')),
});

test('a sponsor pays for a lease that a renter prepared in another browser', async () => {
  const text = await prepareSponsored();
  const before = await balanceOf('Sponsor');
  const sponsor = await visitAs('Sponsor');
  await sponsor.openAs('Sponsor', '/sign');
  await sponsor.field('Half-signed transaction').fill(text);
  await sponsor.button('Review').click();
  const review = sponsor.dialog('Sign a transaction');
  await review.getByRole('heading', { name: 'Opens a lease of 2 GPUs for 4 h.' }).waitFor();
  const fact = (name: string) =>
    review
      .locator('dl > div')
      .filter({ has: sponsor.page.getByText(name, { exact: true }) })
      .locator('dd');
  // All that a sponsor decides by, and not only what the renter tells.
  expect(await fact('GPUs of the offer').innerText()).toMatch(/H100 SXM, 80 GiB each, test-/);
  expect(await fact('Session key of the renter').innerText()).toBe('none');
  const { price } = (await offerOf(text)).terms;
  expect(await sponsor.amount('Price per GPU-hour', review)).toBe(price);
  expect(await sponsor.amount('Total, including the fee', review)).toBe(price * 8n);
  expect(await sponsor.amount('Deposit; what is not delivered comes back', review)).toBe(price * 8n);
  for (const name of ['Offer', 'Provider', 'Arbiter of a dispute', 'Fee'])
    expect([name, await fact(name).count()]).toEqual([name, 1]);
  const lease = await fact('Lease').locator('[title]').first().getAttribute('title');
  await sponsor.page.screenshot({ path: `${SCREENSHOTS}/sponsor.png` });
  await sponsor.sign('Sign a transaction');
  expect(await paid(lease ?? 'nothing')).toEqual(await bySponsor(before));
});

test.each(['a minute', 'a day'] as const)(
  'a sponsor signs on the command line what a renter prepared on the page, within %s',
  async (within) => {
    const text = await prepareSponsored(within);
    const before = await balanceOf('Sponsor');
    const { lease } = await run<{ lease: string }>('Sponsor', 'sign', await fileOf(text), '--yes');
    expect(await paid(lease)).toEqual(await bySponsor(before));
    // A nonce that the page has opened is the wallet's on the command line too.
    const { nonce } = requestOf(transactionFromText(text));
    expect(nonce !== undefined).toBe(within === 'a day');
    if (!nonce) return;
    await run('Renter', 'nonce', 'close', nonce.account);
    expect((await rpc.getAccountInfo(nonce.account).send()).value).toBeNull();
  },
);

test('what parties do not sign together is not signed for a stranger', async () => {
  const [victim, thief] = [addressOf('Sponsor'), addressOf('Renter')];
  const { value: lifetime } = await rpc.getLatestBlockhash().send();
  const transfer = pipe(
    createTransactionMessage({ version: 'legacy' }),
    (message) => setTransactionMessageFeePayer(victim, message),
    (message) => setTransactionMessageLifetimeUsingBlockhash(lifetime, message),
    (message) =>
      appendTransactionMessageInstruction(
        getTransferSolInstruction({ source: createNoopSigner(victim), destination: thief, amount: 1n }),
        message,
      ),
    compileTransaction,
  );
  const sponsor = await visitAs('Sponsor');
  await sponsor.openAs('Sponsor', '/sign');
  await sponsor.field('Half-signed transaction').fill(getBase64EncodedWireTransaction(transfer));
  await sponsor.page
    .getByText('The transaction also calls the program 11111111111111111111111111111111; do not sign it.')
    .waitFor();
  expect(await sponsor.button('Review').isDisabled()).toBe(true);
});
