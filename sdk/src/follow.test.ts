import {
  getBase64Decoder,
  SolanaError,
  SOLANA_ERROR__JSON_RPC__SERVER_ERROR_TRANSACTION_HISTORY_NOT_AVAILABLE,
  type Address,
  type Blockhash,
  type Signature,
} from '@solana/kit';
import { SYSTEM_PROGRAM_ADDRESS, getNonceEncoder } from '@solana-program/system';
import { beforeAll, describe, expect, it } from 'vitest';
import { follow, type Sent } from './follow';
import { topUp } from './instruction';
import type { Node } from './node';
import { loadRules } from './rules';
import { leaseContext, numbered } from './testing';
import { prepare, transactionToText } from './transaction';

beforeAll(loadRules);

const SIGNATURE = '5sig' as Signature;
const LAST = 1_000n;

type Answers = {
  /** What `sendTransaction` answers, the first time and so on; the last again and again. */
  send?: (string | Error)[];
  /** What `getSignatureStatuses` answers, by whether history is searched. */
  status?: (object | null | Error)[];
  history?: (object | null | Error)[];
  height?: (bigint | Error | null)[];
  /** What `isBlockhashValid` answers. */
  valid?: (boolean | Error)[];
  /** The first slot of the node's history. */
  first?: bigint;
  /** The value that the nonce has which the transaction rests on. */
  nonce?: string;
};

/** The account of a nonce that has this value. */
const nonceAccount = (value: string) => ({
  owner: SYSTEM_PROGRAM_ADDRESS,
  data: [
    getBase64Decoder().decode(
      getNonceEncoder().encode({
        version: 1,
        state: 1,
        authority: funder,
        blockhash: value as Address,
        lamportsPerSignature: 5_000n,
      }),
    ),
    'base64',
  ],
});

/** A node that answers so, and what it was asked. */
function node({
  send = ['sent'],
  status = [null],
  history = [null],
  height = [0n],
  valid = [false],
  nonce,
  first = 0n,
}: Answers) {
  const asked: string[] = [];
  const sentBytes: string[] = [];
  const turns = new Map<unknown[], number>();
  const next = async <T>(answers: (T | Error)[]): Promise<T> => {
    const turn = turns.get(answers) ?? 0;
    turns.set(answers, turn + 1);
    const answer = answers[Math.min(turn, answers.length - 1)]!;
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const call = <T>(
    what: string,
    answers: (T | Error)[],
    wrap: (answer: T) => unknown = (answer) => answer,
  ) => ({
    send: async () => {
      asked.push(what);
      return wrap(await next(answers));
    },
  });
  const rpc = {
    sendTransaction: (wire: string) => {
      sentBytes.push(wire);
      return call('send', send);
    },
    getSignatureStatuses: (_: unknown, { searchTransactionHistory }: { searchTransactionHistory: boolean }) =>
      call(
        searchTransactionHistory ? 'history' : 'status',
        searchTransactionHistory ? history : status,
        (found) => ({ value: [found] }),
      ),
    getBlockHeight: () => call('height', height),
    isBlockhashValid: () => call('valid', valid, (value) => ({ value })),
    getFirstAvailableBlock: () => call('first', [first]),
    getAccountInfo: () => call('nonce', [nonce && nonceAccount(nonce)], (value) => ({ value })),
    getTransaction: () => call('transaction', [null]),
    getLatestBlockhash: () =>
      call('blockhash', [{ blockhash: numbered(9), lastValidBlockHeight: LAST }], (value) => ({ value })),
    getRecentPrioritizationFees: () => call('fees', [[]]),
  };
  return { chain: { rpc } as unknown as Node, asked, sentBytes };
}

const context = leaseContext({});
const funder = numbered(5) as Address;

async function topUpSent(): Promise<Sent> {
  const { chain } = node({});
  const request = { payer: funder, instructions: [await topUp(context, funder, 10n)] };
  const { bytes } = await prepare(chain, request, { computeUnits: 0n });
  return { signature: SIGNATURE, wire: transactionToText(bytes), lastValidBlockHeight: LAST };
}

/** Follows it without waiting; gives up, pending, after so many looks. */
async function become(answers: Answers, looks = 40, rests?: Sent['nonce']) {
  const { chain, asked, sentBytes } = node(answers);
  const troubles: string[] = [];
  const sent = { ...(await topUpSent()), ...(rests ? { nonce: rests } : {}) };
  let left = looks;
  const wait = async () => {
    if (left-- === 0) throw new Error('still pending');
    await Promise.resolve();
  };
  const outcome = await follow(chain, sent, (error) => troubles.push((error as Error).message), wait).catch(
    (error: Error) => error.message,
  );
  return { outcome, asked, sentBytes, troubles, sent };
}

const lost = new Error('502');
const CONFIRMED = { err: null, confirmationStatus: 'confirmed', confirmations: 1n };
const FAILED = {
  err: { InstructionError: [0, { Custom: 6309 }] },
  confirmationStatus: 'processed',
  confirmations: 0n,
};
const noHistory = new SolanaError(SOLANA_ERROR__JSON_RPC__SERVER_ERROR_TRANSACTION_HISTORY_NOT_AVAILABLE, {
  __serverMessage: '',
} as never);

describe('what has been sent', () => {
  it('is confirmed though the answer to it was lost', async () => {
    const { outcome, troubles } = await become({ send: [lost], status: [null, CONFIRMED] });
    expect(outcome).toEqual({ state: 'confirmed' });
    expect(troubles).toEqual(['502']);
  });

  it('is pending, and never failed, while no status can be read', async () => {
    const { outcome } = await become({
      send: [lost],
      status: [new Error('429')],
      history: [new Error('429')],
      height: [LAST + 1n],
    });
    expect(outcome).toBe('still pending');
  });

  it('is sent again with the same bytes', async () => {
    const { sentBytes, sent } = await become({ send: [lost] });
    expect(sentBytes).toHaveLength(11);
    expect(new Set(sentBytes)).toEqual(new Set([sent.wire]));
  });

  it.each([
    [LAST - 1n, 'still pending'],
    [LAST, 'still pending'],
    [LAST + 1n, { state: 'expired' }],
  ])('at block height %s: %o', async (height, outcome) => {
    expect((await become({ height: [height] })).outcome).toEqual(outcome);
  });

  it('that rests on a durable nonce is pending until that has another value, whatever the block height is', async () => {
    const rests = { account: numbered(6), value: numbered(7) as string as Blockhash };
    const late = [LAST + 1_000n];
    expect((await become({ height: late, nonce: numbered(7) }, 40, rests)).outcome).toBe('still pending');
    expect((await become({ nonce: numbered(8) }, 40, rests)).outcome).toEqual({ state: 'expired' });
    expect((await become({}, 40, rests)).outcome).toEqual({ state: 'expired' });
    expect((await become({ nonce: numbered(8), history: [CONFIRMED] }, 40, rests)).outcome).toEqual({
      state: 'confirmed',
    });
    expect((await become({ nonce: numbered(8), history: [noHistory] }, 40, rests)).outcome).toEqual({
      state: 'forgotten',
    });
  });

  it('is looked for in the history after the last block that could hold it, and not before', async () => {
    const { outcome, asked } = await become({ height: [LAST + 1n], history: [CONFIRMED] });
    expect(outcome).toEqual({ state: 'confirmed' });
    expect(asked.slice(-3)).toEqual(['height', 'valid', 'history']);
  });

  it.each([
    ['claims a height that no block has', { height: [LAST + 1_000_000n], valid: [true] }],
    ['answers null for a height', { height: [null] }],
    [
      'answers 429 for ever',
      {
        send: [new Error('429')],
        status: [new Error('429')],
        height: [new Error('429')],
        valid: [new Error('429')],
      },
    ],
    ['does not say whether the blockhash is still good', { height: [LAST + 1n], valid: [new Error('429')] }],
    [
      'answers with a status that nobody can read',
      { status: [{ err: { New: null }, confirmationStatus: 'later', confirmations: 0n }] },
    ],
  ])('is pending, and never failed, on a node that %s', async (_, answers) => {
    expect((await become(answers)).outcome).toBe('still pending');
  });

  it('is pending if it failed on a fork that may be dropped, or as a node made it up', async () => {
    expect((await become({ status: [FAILED] })).outcome).toBe('still pending');
    expect((await become({ status: [FAILED, CONFIRMED] })).outcome).toEqual({ state: 'confirmed' });
  });

  it('is refused once its failure is confirmed', async () => {
    const { outcome } = await become({ status: [{ ...FAILED, confirmationStatus: 'confirmed' }] });
    expect(outcome).toMatchObject({ state: 'refused', refusal: { number: 6309 } });
  });

  it.each([
    [LAST + 150n, LAST, { state: 'expired' }],
    [LAST + 151n, LAST - 150n, { state: 'expired' }],
    [LAST + 151n, LAST - 149n, { state: 'forgotten' }],
  ])('at block height %s, on a node whose history begins in slot %s: %o', async (height, first, outcome) => {
    expect((await become({ height: [height], first })).outcome).toEqual(outcome);
  });

  it.each([
    [LAST + 150n, { state: 'expired' }],
    [LAST + 151n, { state: 'forgotten' }],
  ])('on a node without history at block height %s: %o', async (height, outcome) => {
    expect((await become({ height: [height], history: [noHistory] })).outcome).toEqual(outcome);
  });
});
