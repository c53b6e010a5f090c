// Whether votes that an indexer tells can be those on chain.

import type { Kinds } from 'gpu-lease';
import { sumOf } from '../indexer/periods';
import type { PastVote } from '../indexer/shapes';

type Tally = { votesFor: bigint; votesAgainst: bigint };
type Counted = { tokens: Tally; participants: Tally };

/** Whether there is more weight in them than the chain has counted, or a seat twice. What is missing may be on a later page. */
export function tooMuch(votes: readonly PastVote[], { tokens, participants }: Counted): boolean {
  const sum = (house: PastVote['house'], isFor: boolean) =>
    sumOf(
      votes.filter((vote) => vote.house === house && vote.is_for === isFor),
      ({ weight }) => weight,
    );
  return (
    new Set(votes.map(({ seat }) => seat)).size < votes.length ||
    sum('tokens', true) > tokens.votesFor ||
    sum('tokens', false) > tokens.votesAgainst ||
    sum('participants', true) > participants.votesFor ||
    sum('participants', false) > participants.votesAgainst
  );
}

/** Whether one of them is otherwise on chain, where its account is still there. */
export const refutedBy = (
  records: readonly Pick<Kinds['voteRecord'], 'voter' | 'isFor' | 'weight'>[],
  votes: readonly PastVote[],
): boolean =>
  votes.some(({ seat, is_for, weight }) => {
    const record = records.find(({ voter }) => voter === seat);
    return record !== undefined && ((record.isFor === 1) !== is_for || record.weight !== weight);
  });
