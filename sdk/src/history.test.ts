import {
  SolanaError,
  SOLANA_ERROR__JSON_RPC__SERVER_ERROR_UNSUPPORTED_TRANSACTION_VERSION,
  type Address,
  type Signature,
} from '@solana/kit';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { loadRules, type Event } from './rules';
import type { Node } from './node';
import {
  withoutGaps,
  fetchTransaction,
  newerHistory,
  olderHistory,
  HISTORY_PAGE,
  historyOf,
  Unread,
  type HistoryEntry,
  type Known,
} from './history';
import { numbered } from './testing';

beforeAll(loadRules);

const ADDRESS = numbered(1);
const sig = (n: number) => `${n}` as Signature;
type Asked = { limit: number; before?: string; until?: string };
type Listed = { signature: Signature; slot: bigint; err: null };

/** Transactions 1 to `count`, one a slot, newest first, as an honest node lists them. */
const honest =
  (count: number) =>
  ({ limit, before, until }: Asked): Listed[] =>
    Array.from({ length: count }, (_, i) => count - i)
      .filter((n) => (!before || n < Number(before)) && (!until || n > Number(until)))
      .slice(0, limit)
      .map((n) => ({ signature: sig(n), slot: BigInt(n), err: null }));

/** A node that lists so. */
function node(list: (asked: Asked) => Listed[]) {
  let calls = 0;
  const chain = {
    rpc: {
      getSignaturesForAddress: (_: Address, asked: Asked) => ({ send: async () => (calls++, list(asked)) }),
    },
  } as unknown as Node;
  return { chain, calls: () => calls };
}

/** Number 1 is the opening. */
const entry = (signature: Signature) =>
  ({
    signature,
    slot: BigInt(signature),
    time: BigInt(signature),
    events: signature === '1' ? [{ event: 'LeaseOpened' }] : [],
    instructions: [],
  }) as unknown as HistoryEntry;
const begins = ({ event }: Event) => event === 'LeaseOpened';
const read = async (signature: Signature) => entry(signature);
const numbers = (known: Known) => historyOf(known, begins).entries.map(({ signature }) => Number(signature));
const upTo = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('a history', () => {
  it('comes page by page, newest first, down to the opening', async () => {
    const { chain } = node(honest(120));
    let known = await olderHistory(chain, ADDRESS, begins, read);
    expect(numbers(known)).toEqual(upTo(71, 120));
    expect(historyOf(known, begins)).toMatchObject({ hasOlder: true, isWhole: false });
    for (let page = 0; page < 2; page++) known = await olderHistory(chain, ADDRESS, begins, read, known);
    expect(numbers(known)).toEqual(upTo(1, 120));
    expect(historyOf(known, begins)).toMatchObject({ hasOlder: false, isWhole: true });
  });

  it.each<[string, (asked: Asked) => Listed[]]>([
    ['doubles what it lists', (asked) => honest(9)(asked).flatMap((item) => [item, item])],
    [
      'mixes the order up',
      (asked) =>
        honest(9)(asked).sort((a, b) => (a.signature.charCodeAt(0) % 3) - (b.signature.charCodeAt(0) % 3)),
    ],
    ['ignores where to begin and end', ({ limit }) => honest(9)({ limit })],
    ['lists three at a time', (asked) => honest(9)({ ...asked, limit: 3 })],
    [
      'lists more than it was asked for',
      ({ before }) => honest(9)({ limit: 1_000, ...(before ? { before } : {}) }),
    ],
  ])('counts each transaction once, in order, on a node that %s', async (_, list) => {
    const { chain } = node(list);
    const known = await olderHistory(chain, ADDRESS, begins, read);
    expect(numbers(known)).toEqual(upTo(1, 9));
    expect(numbers(await newerHistory(chain, ADDRESS, read, known))).toEqual(upTo(1, 9));
  });

  it('ends where the node shows the same page again and again, and says that it is not whole', async () => {
    const full = honest(200);
    const { chain, calls } = node(({ limit }) => full({ limit }));
    let known = await olderHistory(chain, ADDRESS, begins, read);
    known = await olderHistory(chain, ADDRESS, begins, read, known);
    expect(historyOf(known, begins)).toMatchObject({ hasOlder: false, isWhole: false });
    expect(calls()).toBe(2);
    await newerHistory(chain, ADDRESS, read, known);
    expect(calls()).toBe(3);
  });

  it('ends where the node makes up ever more', async () => {
    let made = 1_000_000;
    const { chain, calls } = node(({ limit }) =>
      Array.from({ length: limit }, () => ({ signature: sig(made--), slot: 1n, err: null })),
    );
    await newerHistory(chain, ADDRESS, read, await olderHistory(chain, ADDRESS, begins, read));
    expect(calls()).toBeLessThan(8);
  });

  it('shows as a gap what the node has pruned', async () => {
    const { chain } = node((asked) => honest(9)(asked).filter(({ slot }) => slot > 4n));
    const known = await olderHistory(chain, ADDRESS, begins, read);
    expect(numbers(known)).toEqual(upTo(5, 9));
    expect(historyOf(known, begins)).toMatchObject({ hasOlder: false, isWhole: false });
  });

  it('goes on without what cannot be read, counts it, and fills it in once it can', async () => {
    const { chain } = node(honest(5));
    const gaps: Record<string, Unread | Error> = {
      2: new Unread('version'),
      3: new Unread('missing'),
      4: new Error('429'),
    };
    const poor = async (signature: Signature) => {
      if (gaps[signature]) throw gaps[signature];
      return entry(signature);
    };
    const known = await olderHistory(chain, ADDRESS, begins, poor);
    expect(numbers(known)).toEqual([1, 5]);
    expect(historyOf(known, begins).gaps.toSorted()).toEqual(['missing', 'unanswered', 'version']);
    expect(numbers(await newerHistory(chain, ADDRESS, read, known))).toEqual([1, 3, 4, 5]);
    expect(numbers(await newerHistory(chain, ADDRESS, read, withoutGaps(known)))).toEqual(upTo(1, 5));
  });

  it('takes up what has happened since; after a long sleep it begins with what is newest', async () => {
    const known = await olderHistory(node(honest(9)).chain, ADDRESS, begins, read);
    expect(numbers(await newerHistory(node(honest(12)).chain, ADDRESS, read, known))).toEqual(upTo(1, 12));
    const asleep = await newerHistory(node(honest(9_000)).chain, ADDRESS, read, known);
    expect(numbers(asleep).at(-1)).toBe(9_000);
    expect(numbers(asleep)).toHaveLength(5 * HISTORY_PAGE);
    expect(historyOf(asleep, begins)).toMatchObject({ hasOlder: true, isWhole: false });
  });
});

describe('a transaction', () => {
  const landed = {
    slot: 7n,
    blockTime: 5n,
    transaction: { signatures: ['7'], message: { accountKeys: [numbered(9), ADDRESS], instructions: [] } },
    meta: { err: null, logMessages: [], innerInstructions: [] },
  };
  const answering = (answer: unknown) =>
    fetchTransaction(
      {
        rpc: {
          getTransaction: () => ({
            send: async () => {
              if (answer instanceof Error) throw answer;
              return answer;
            },
          }),
        },
      } as unknown as Node,
      sig(7),
      ADDRESS,
    ).catch((error: Unread) => error.gap);

  it('is taken if it is the one that was asked for', async () => {
    expect(await answering(landed)).toMatchObject({ signature: '7', slot: 7n });
  });

  it('is asked for again until it has a time, but not for ever', async () => {
    const wait = vi.fn<() => Promise<void>>(async () => {});
    const timed = (untimed: number) => {
      const send = async () => (untimed-- > 0 ? { ...landed, blockTime: null } : landed);
      const node = { rpc: { getTransaction: () => ({ send }) } } as unknown as Node;
      return fetchTransaction(node, sig(7), ADDRESS, wait);
    };
    expect(await timed(3)).toMatchObject({ time: 5n });
    expect(wait).toHaveBeenCalledTimes(3);
    await expect(timed(4)).rejects.toMatchObject({ gap: 'unanswered' });
  });

  it.each([
    ['missing', null],
    [
      'version',
      new SolanaError(SOLANA_ERROR__JSON_RPC__SERVER_ERROR_UNSUPPORTED_TRANSACTION_VERSION, {
        __serverMessage: '',
      } as never),
    ],
    ['unanswered', new Error('429')],
    ['wrong', { ...landed, transaction: { ...landed.transaction, signatures: ['8'] } }],
    [
      'wrong',
      {
        ...landed,
        transaction: { signatures: ['7'], message: { accountKeys: [numbered(9)], instructions: [] } },
      },
    ],
    ['wrong', { ...landed, meta: { ...landed.meta, err: { InsufficientFundsForFee: null } } }],
    ['wrong', { ...landed, transaction: ['AQ==', 'base64'] }],
    [
      'wrong',
      {
        ...landed,
        transaction: {
          ...landed.transaction,
          message: { accountKeys: [ADDRESS], instructions: [{ programIdIndex: 0, accounts: [], data: '0' }] },
        },
      },
    ],
  ])('is a gap, %s, where it is not', async (gap, answer) => {
    expect(await answering(answer)).toBe(gap);
  });
});
