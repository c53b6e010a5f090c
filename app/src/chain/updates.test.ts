import type { Address } from '@solana/kit';
import { QueryClient } from '@tanstack/react-query';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { numbered, voteBytes } from 'gpu-lease/testing';
import { GPU_LEASE_PROGRAM_ADDRESS, readAccount } from 'gpu-lease';
import { accountOptions, listOptions } from './accounts';
import type { Chain } from './Chain';
import { listInterval } from './live';
import { apply, listen } from './updates';

const [PROPOSAL, OTHER_PROPOSAL, FIRST, SECOND] = [1, 2, 3, 4].map(numbered) as [
  Address,
  Address,
  Address,
  Address,
];

const vote = (weight: bigint, proposal = PROPOSAL) => voteBytes(weight, proposal);
const stored = (where: Address, weight: bigint, proposal?: Address) =>
  readAccount('voteRecord', where, vote(weight, proposal));
const one = ['accounts', 'voteRecord', 'one', FIRST];
const all = ['accounts', 'voteRecord', 'list', {}];
const ofProposal = ['accounts', 'voteRecord', 'list', { 'voteRecord.proposal': PROPOSAL }];

describe('a change that the node tells of', () => {
  let queries: QueryClient;
  const weights = (key: unknown[]) =>
    queries.getQueryData<{ weight: bigint }[]>(key)?.map(({ weight }) => weight);

  beforeEach(() => {
    queries = new QueryClient();
  });

  it('shows in every list that the account belongs to, new or known', () => {
    queries.setQueryData(one, null);
    for (const key of [all, ofProposal]) queries.setQueryData(key, [stored(FIRST, 1n)]);
    apply(queries, FIRST, 5n, vote(2n));
    apply(queries, SECOND, 5n, vote(5n));
    expect([weights(all), weights(ofProposal)]).toEqual([
      [2n, 5n],
      [2n, 5n],
    ]);
    expect(queries.getQueryData(one)).toEqual(stored(FIRST, 2n));
  });

  it('leaves out of a list what the list is not about, without asking again', () => {
    for (const key of [all, ofProposal]) queries.setQueryData(key, [stored(FIRST, 1n)]);
    apply(queries, SECOND, 5n, vote(5n, OTHER_PROPOSAL));
    expect([weights(all), weights(ofProposal)]).toEqual([[1n, 5n], [1n]]);
    apply(queries, FIRST, 5n, vote(1n, OTHER_PROPOSAL));
    expect(weights(ofProposal)).toEqual([]);
    expect(queries.getQueryState(ofProposal)).toMatchObject({ fetchStatus: 'idle', isInvalidated: false });
  });

  /** A node whose lists and accounts are as of a slot, and come when they are let. */
  const lagging = (slot: bigint, accounts: [Address, string][]) => {
    const answers: (() => void)[] = [];
    const raw = (bytes: string) => ({ owner: GPU_LEASE_PROGRAM_ADDRESS, data: [bytes, 'base64'] });
    const send = (value: unknown) => ({
      send: () => new Promise((resolve) => answers.push(() => resolve({ context: { slot }, value }))),
    });
    const rpc = {
      getProgramAccounts: () => send(accounts.map(([pubkey, bytes]) => ({ pubkey, account: raw(bytes) }))),
      getAccountInfo: (address: Address) =>
        send(accounts.flatMap(([pubkey, bytes]) => (pubkey === address ? raw(bytes) : []))[0] ?? null),
    };
    return { chain: { rpc } as unknown as Chain, answer: () => answers.forEach((answer) => answer()) };
  };

  it('is not undone by an answer of an older slot, under way or of a node that lags', async () => {
    const { chain, answer } = lagging(4n, [[FIRST, vote(1n)]]);
    const reading = [
      queries.fetchQuery(accountOptions(chain, 'voteRecord', FIRST)),
      queries.fetchQuery(listOptions(chain, 'voteRecord')),
    ];
    apply(queries, FIRST, 5n, vote(2n));
    apply(queries, FIRST, 6n, vote(3n));
    apply(queries, SECOND, 6n, vote(5n));
    answer();
    await Promise.all(reading);
    expect(queries.getQueryData(one)).toEqual(stored(FIRST, 3n));
    expect(weights(all)).toEqual([3n, 5n]);
    // Nor by a notification that comes late.
    apply(queries, FIRST, 5n, vote(2n));
    expect(weights(all)).toEqual([3n, 5n]);
  });

  it('gives way to an answer of the same slot or a newer one', async () => {
    apply(queries, FIRST, 5n, vote(2n));
    const { chain, answer } = lagging(5n, [[SECOND, vote(7n)]]);
    const reading = queries.fetchQuery(listOptions(chain, 'voteRecord'));
    answer();
    expect((await reading).map(({ weight }) => weight)).toEqual([7n]);
  });

  it('counts in lists that a node answers without a filter', async () => {
    const { chain, answer } = lagging(5n, [
      [FIRST, vote(1n)],
      [SECOND, vote(2n, OTHER_PROPOSAL)],
      [numbered(9), 'AAAA'],
    ]);
    const reading = queries.fetchQuery(listOptions(chain, 'voteRecord', { 'voteRecord.proposal': PROPOSAL }));
    answer();
    expect((await reading).map(({ weight }) => weight)).toEqual([1n]);
  });

  it('that it is gone: what showed it is asked again, and nothing else', () => {
    queries.setQueryData(all, [stored(FIRST, 1n)]);
    queries.setQueryData(ofProposal, [stored(SECOND, 1n)]);
    apply(queries, FIRST, 5n, '');
    expect([all, ofProposal].map((key) => queries.getQueryState(key)?.isInvalidated)).toEqual([true, false]);
  });
});

describe('the subscription', () => {
  it('is taken out again ever more patiently once it is cut, catches up once, and lists are asked for more often meanwhile', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => {});
    const queries = new QueryClient();
    queries.setQueryData(['accounts', 'offer', 'list', {}], []);
    queries.setQueryData(['transaction', 'a'], 'never changes');
    const abort = new AbortController();
    const pauses: number[] = [];
    const intervals: number[] = [];
    let tries = 0;
    const invalidated = () =>
      [
        ['accounts', 'offer', 'list', {}],
        ['transaction', 'a'],
      ].map((key) => queries.getQueryState(key)?.isInvalidated);
    const caughtUp: unknown[] = [];
    const subscriptions = {
      programNotifications: () => ({
        subscribe: async () => {
          tries++;
          if (tries >= 2 && tries <= 6) throw new Error('refused');
          return (async function* () {
            await Promise.resolve();
            intervals.push(listInterval(101));
            expect(listInterval(100), 'a short list, of which something may be gone').toBe(60_000);
            caughtUp.push(invalidated());
            if (tries === 7) abort.abort();
            yield* [];
          })();
        },
      }),
    };
    const cluster = { name: 'local', rpcUrl: '', wsUrl: 'ws://node' };
    await listen(
      { cluster },
      queries,
      abort.signal,
      (url) => (expect(url).toBe('ws://node'), subscriptions as never),
      async (ms) => {
        pauses.push(ms);
        intervals.push(listInterval(101));
      },
    );
    expect(
      pauses.map(
        (ms, i) => ms >= Math.min(1_000 * 2 ** i, 15_000) / 2 && ms <= Math.min(1_000 * 2 ** i, 15_000),
      ),
    ).toEqual(Array(6).fill(true));
    expect(intervals).toEqual([600_000, ...Array(6).fill(60_000), 600_000]);
    expect(caughtUp).toEqual([
      [false, false],
      [true, false],
    ]);
  });
});
