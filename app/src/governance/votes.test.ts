import type { Signature } from '@solana/kit';
import { numbered } from 'gpu-lease/testing';
import { expect, it } from 'vitest';
import type { FeeChange, PastVote } from '../indexer/shapes';
import { isRight } from './FeeChanges';
import { refutedBy, tooMuch } from './votes';

const landed = {
  signature: '5'.repeat(88) as Signature,
  slot: 1n,
  time: 2n,
  commitment: 'finalized' as const,
};
const vote = (seat: number, is_for: boolean, weight: bigint): PastVote => ({
  landed,
  seat: numbered(seat),
  owner: null,
  by: null,
  house: 'tokens',
  is_for,
  weight,
  by_delegate: false,
  changes: 0,
});
const COUNTED = {
  tokens: { votesFor: 10n, votesAgainst: 4n },
  participants: { votesFor: 0n, votesAgainst: 0n },
};

it('votes that weigh more than the chain has counted are not those of the chain', () => {
  const votes = [vote(1, true, 10n), vote(2, false, 4n)];
  expect(tooMuch(votes, COUNTED)).toBe(false);
  expect(tooMuch([...votes, vote(3, true, 1n)], COUNTED)).toBe(true);
  expect(tooMuch([vote(2, false, 5n)], COUNTED)).toBe(true);
  expect(tooMuch([{ ...vote(1, true, 1n), house: 'participants' }], COUNTED)).toBe(true);
  expect(tooMuch([vote(1, true, 1n), vote(1, true, 1n)], COUNTED)).toBe(true);
});

it('a vote that is otherwise on chain is found', () => {
  const record = { voter: numbered(1), isFor: 1, weight: 10n };
  expect(refutedBy([record], [vote(1, true, 10n), vote(2, true, 3n)])).toBe(false);
  expect(refutedBy([record], [vote(1, false, 10n)])).toBe(true);
  expect(refutedBy([record], [vote(1, true, 9n)])).toBe(true);
});

it('fees that do not lead to the one on chain are not shown', () => {
  const change = (from_bps: number | null, to_bps: number): FeeChange => ({
    landed,
    from_bps,
    to_bps,
    proposal: null,
  });
  const changes = [change(null, 200), change(200, 150)];
  expect(isRight(changes, 150, 1)).toBe(true);
  expect(isRight(changes, 200, 1)).toBe(false);
  expect(isRight(changes, 150, 0)).toBe(false);
  expect(isRight([change(null, 200), change(190, 150)], 150, 1)).toBe(false);
  expect(isRight([], 150, 0)).toBe(false);
});
