// A node is not trusted: it loses answers, refuses and lies.

import { getBase64Decoder, getBase64Encoder } from '@solana/kit';
import { expect, inject, onTestFinished, test } from 'vitest';
import { OFFER_DISCRIMINATOR } from 'gpu-lease';
import { addressOf, balanceOf, leaseAt, signaturesOf } from './chain';
import { listGpus, openLease } from './cli';
import { node, type Behaviour, type RpcAnswer } from './proxy';
import { SCREENSHOTS } from './screenshots';
import { visit, type Visitor } from './visitor';

const { cluster } = inject('market');

/** Somebody whose page talks to a node of its own. */
async function visitThrough() {
  const own = await node(cluster.rpcUrl);
  onTestFinished(own.remove);
  return { own, visitor: await visit({ cluster: { rpcUrl: own.url }, mayBeCutOff: true }) };
}

/** The same, as a renter who looks at a lease that has just been opened. */
async function visitLease() {
  const [{ own, visitor }, lease] = [await visitThrough(), await openLease(await listGpus())];
  await visitor.openAs('Renter', `/leases/${lease}`);
  return { own, visitor, lease };
}

/** Opens the review of a top-up. */
async function reviewTopUp(visitor: Visitor, amount: string) {
  await visitor.act('Top up');
  const dialog = visitor.dialog('Top up');
  await visitor.field('Amount').fill(amount);
  await dialog.getByRole('button', { name: 'Review', exact: true }).click();
  return dialog.filter({ hasText: 'What will change' });
}

const toast = (visitor: Visitor, text: string) =>
  visitor.page.getByRole('listitem').filter({ hasText: text });

test.each([
  ['answers 502 to what it has forwarded', 502],
  ['answers 429 to what it has forwarded', 429],
  ['closes the connection on what it has forwarded', 'closed'],
] as const)('a node that %s: the top-up is pending, then confirmed, and paid once', async (_, answer) => {
  const { own, visitor, lease } = await visitLease();
  const before = await balanceOf('Renter');
  let isSilent = true;
  const sent = new Set<unknown>();
  own.behave(async ({ method, params }, forward) => {
    if (method === 'sendTransaction') {
      sent.add(params[0]);
      await forward();
      return answer;
    }
    return isSilent && method === 'getSignatureStatuses' ? 429 : forward();
  });

  await (await reviewTopUp(visitor, '10')).getByRole('button', { name: 'Sign and send' }).click();
  await toast(visitor, 'Top up: sent')
    .getByText('The node does not say what became of it', { exact: false })
    .waitFor();
  await visitor
    .dialog('Top up')
    .filter({ hasText: 'Signed and sent.' })
    .getByRole('button', { name: 'Close' })
    .last()
    .click();
  // The money has moved; the page still does not know, and says neither that it failed nor lets it be done twice.
  await expect.poll(() => balanceOf('Renter')).toBe(before - 10_000_000n);
  const again = visitor.page
    .getByRole('dialog', { name: 'Top up' })
    .filter({ hasText: 'This is already under way.' });
  await visitor.dialog('Top up').getByRole('button', { name: 'Review', exact: true }).click();
  await again.waitFor();
  expect(await again.getByRole('button', { name: 'Sign and send' }).isDisabled()).toBe(true);
  // It is remembered beyond a reload.
  await visitor.page.reload();
  await toast(visitor, 'Top up: sent').waitFor();

  isSilent = false;
  await toast(visitor, 'Top up: confirmed').waitFor();
  expect(sent.size).toBe(1);
  expect(await balanceOf('Renter')).toBe(before - 10_000_000n);
  expect((await leaseAt(lease)).ledger.deposited).toBeGreaterThan(10_000_000n);
});

test('a node that makes a failure up at the first look: the top-up is not called failed', async () => {
  const { own, visitor } = await visitLease();
  const before = await balanceOf('Renter');
  let lies = 2;
  own.behave(async ({ method }, forward) => {
    if (method !== 'getSignatureStatuses' || lies-- <= 0) return forward();
    const status = {
      slot: 1,
      confirmations: 0,
      err: { InstructionError: [0, { Custom: 6309 }] },
      status: {},
      confirmationStatus: 'processed',
    };
    return { result: { context: { slot: 1 }, value: [status] } };
  });
  await (await reviewTopUp(visitor, '1')).getByRole('button', { name: 'Sign and send' }).click();
  await toast(visitor, 'Top up: confirmed').waitFor();
  expect(await balanceOf('Renter')).toBe(before - 1_000_000n);
});

test('a transaction that no block took up: not done, once no block can, and it may be signed again', async () => {
  const { own, visitor } = await visitLease();
  const before = await balanceOf('Renter');
  let later = 0;
  own.behave(async ({ method }, forward) => {
    if (method === 'sendTransaction') return 'closed';
    const answer = await forward();
    if (typeof answer !== 'object') return answer;
    if (method === 'isBlockhashValid' && later > 0) return { result: { context: { slot: 1 }, value: false } };
    return method === 'getBlockHeight' ? { result: Number(answer.result) + later } : answer;
  });
  const review = await reviewTopUp(visitor, '1');
  await review.getByRole('button', { name: 'Sign and send' }).click();
  await review.getByText('Signed and sent.').waitFor();
  await visitor.page.screenshot({ path: `${SCREENSHOTS}/pending.png` });
  await expect(
    review.getByText('It was not included in a block in time', { exact: false }).waitFor({ timeout: 6_000 }),
  ).rejects.toThrow('Timeout');
  later = 1_000;
  await review.getByText('It was not included in a block in time', { exact: false }).waitFor();
  await toast(visitor, 'Top up: not done').waitFor();
  expect(await balanceOf('Renter')).toBe(before);
  own.behave((_, forward) => forward());
  await review.getByRole('button', { name: 'Sign and send' }).click();
  await toast(visitor, 'Top up: confirmed').waitFor();
  expect(await balanceOf('Renter')).toBe(before - 1_000_000n);
});

test('a node of another cluster: nothing is signed', async () => {
  const { own, visitor } = await visitThrough();
  const other = addressOf('Provider');
  own.behave(async ({ method }, forward) => (method === 'getGenesisHash' ? { result: other } : forward()));
  const before = await signaturesOf(addressOf('Renter'));
  await visitor.openAs('Renter', '/?q=H100%20SXM&hours=4');
  await visitor.page
    .getByRole('main')
    .getByText('The node is of another cluster than the program was set up on, so nothing is signed here.', {
      exact: false,
    })
    .waitFor();
  await visitor.page.getByRole('link', { name: 'Rent it' }).click();
  await visitor.button('Review and sign').click();
  // Not even the text that makes the access key.
  await visitor.page.getByText('so nothing is signed here', { exact: false }).nth(1).waitFor();
  expect(await visitor.dialog('Open the lease').count()).toBe(0);
  expect(await signaturesOf(addressOf('Renter'))).toEqual(before);
});

/** The offers as a node shows them whose models all read so. */
const rename =
  (model: string): Behaviour =>
  async ({ method }, forward) => {
    const answer = await forward();
    if (typeof answer !== 'object') return answer;
    if (method !== 'getProgramAccounts' && method !== 'getAccountInfo') return answer;
    const text = new Uint8Array(32);
    text.set(new TextEncoder().encode(model));
    const known = new TextEncoder().encode('NVIDIA');
    const change = (encoded: string) => {
      const bytes = Uint8Array.from(getBase64Encoder().encode(encoded));
      if (!OFFER_DISCRIMINATOR.every((byte, i) => bytes[i] === byte)) return encoded;
      const at = bytes.findIndex((_, i) => known.every((byte, j) => bytes[i + j] === byte));
      if (at >= 0) bytes.set(text, at);
      return getBase64Decoder().decode(bytes);
    };
    return JSON.parse(JSON.stringify(answer), (key, value: unknown) =>
      key === 'data' && Array.isArray(value) && value[1] === 'base64'
        ? [change(value[0] as string), 'base64']
        : value,
    ) as RpcAnswer;
  };

test('a model that hides and turns what stands beside it is shown with its numbers', async () => {
  const { own, visitor } = await visitThrough();
  own.behave(rename('H100\u202e\u200b\nFREE'));
  await visitor.open('/');
  await visitor.page.getByText('H100\\u{202e}\\u{200b}\\u{a}FREE').first().waitFor();
  expect(await visitor.page.evaluate(() => /[\u202e\u200b]/.test(document.body.innerText))).toBe(false);
});
