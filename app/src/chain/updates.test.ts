import type { Address } from '@solana/kit';
import { QueryClient } from '@tanstack/react-query';
import { beforeEach, describe, expect, it } from 'vitest';
import { read } from './accounts';
import { numbered, voteBytes } from './testing';
import { apply } from './updates';

const [PROPOSAL, OTHER_PROPOSAL, FIRST, SECOND] = [1, 2, 3, 4].map(numbered) as [Address, Address, Address, Address];

const vote = (weight: bigint, proposal = PROPOSAL) => voteBytes(weight, proposal);
const stored = (where: Address, weight: bigint, proposal?: Address) => read('voteRecord', where, vote(weight, proposal));
const one = ['accounts', 'voteRecord', 'one', FIRST];
const all = ['accounts', 'voteRecord', 'list', {}];
const ofProposal = ['accounts', 'voteRecord', 'list', { 'voteRecord.proposal': PROPOSAL }];

describe('a change that the node tells of', () => {
  let queries: QueryClient;
  const weights = (key: unknown[]) => queries.getQueryData<{ weight: bigint }[]>(key)?.map(({ weight }) => weight);

  beforeEach(() => {
    queries = new QueryClient();
  });

  it('shows in every list that the account belongs to, new or known', () => {
    queries.setQueryData(one, null);
    for (const key of [all, ofProposal]) queries.setQueryData(key, [stored(FIRST, 1n)]);
    apply(queries, FIRST, vote(2n));
    apply(queries, SECOND, vote(5n));
    expect([weights(all), weights(ofProposal)]).toEqual([
      [2n, 5n],
      [2n, 5n],
    ]);
    expect(queries.getQueryData(one)).toEqual(stored(FIRST, 2n));
  });

  it('leaves out of a list what the list is not about, without asking again', () => {
    for (const key of [all, ofProposal]) queries.setQueryData(key, [stored(FIRST, 1n)]);
    apply(queries, SECOND, vote(5n, OTHER_PROPOSAL));
    expect([weights(all), weights(ofProposal)]).toEqual([[1n, 5n], [1n]]);
    apply(queries, FIRST, vote(1n, OTHER_PROPOSAL));
    expect(weights(ofProposal)).toEqual([]);
    expect(queries.getQueryState(ofProposal)).toMatchObject({ fetchStatus: 'idle', isInvalidated: false });
  });

  it('is not undone by an answer that was under way', async () => {
    const answers: (() => void)[] = [];
    const slowly = <T>(data: T) => () => new Promise<T>((resolve) => answers.push(() => resolve(data)));
    const reading = [
      queries.fetchQuery({ queryKey: one, queryFn: slowly(stored(FIRST, 1n)) }),
      queries.fetchQuery({ queryKey: all, queryFn: slowly([stored(FIRST, 1n)]) }),
    ];
    apply(queries, FIRST, vote(2n));
    apply(queries, FIRST, vote(3n));
    apply(queries, SECOND, vote(5n));
    for (const answer of answers) answer();
    await Promise.all(reading);
    expect(queries.getQueryData(one)).toEqual(stored(FIRST, 3n));
    expect(weights(all)).toEqual([3n, 5n]);
  });

  it('that it is gone: what showed it is asked again, and nothing else', () => {
    queries.setQueryData(all, [stored(FIRST, 1n)]);
    queries.setQueryData(ofProposal, [stored(SECOND, 1n)]);
    apply(queries, FIRST, '');
    expect([all, ofProposal].map((key) => queries.getQueryState(key)?.isInvalidated)).toEqual([true, false]);
  });
});
