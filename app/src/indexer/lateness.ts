import { formatDuration, formatNumber } from '../ui/format';

/** Slots that an indexer may always be behind: what is finalized is so after some thirty. */
const USUAL = 150n;

/** Milliseconds of a slot, about. */
const SLOT = 400n;

export const isLate = (behind: bigint | undefined): behind is bigint =>
  behind !== undefined && behind > USUAL;

/** How far an indexer is behind, in a sentence. */
export const latenessWords = (behind: bigint) =>
  `The indexer is ${formatNumber(behind)} slots behind the cluster, about ${formatDuration((behind * SLOT) / 1_000n)}.`;
