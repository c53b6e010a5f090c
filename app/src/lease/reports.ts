import type { HistoryEntry } from '../chain/history';
import type { Statement } from '../rules';

/** What a lease's history stated of it, in its order: by itself, or in a batch of several leases. */
export const statementsOf = (history: readonly Pick<HistoryEntry, 'statements'>[], lease: string): Statement[] =>
  history.flatMap(({ statements }) => statements().filter((stated) => stated.lease === lease));

export type Window = {
  /** Where the window begins and ends, unix seconds. */
  start: bigint;
  end: bigint;
  /** GPU-seconds delivered in it. */
  delivered: bigint;
  /** GPU-seconds that it could hold. */
  capacity: bigint;
  /** Watt-hours used in it. */
  energyWh: bigint;
};

type Stated = Pick<Statement, 'windowEnd' | 'gpuSeconds' | 'energyWh' | 'counts'>;

/**
 * What was delivered from one statement that counts to the next, against what the GPUs could have. Without a start, where older ones are
 * not known, from the first on that is.
 */
export function windows(stated: readonly Stated[], startedAt: bigint | undefined, capacityAt: (time: bigint) => bigint): Window[] {
  const counting = stated.filter(({ counts }) => counts);
  const [first] = counting;
  let before = startedAt === undefined ? first : { windowEnd: startedAt, gpuSeconds: 0n, energyWh: 0n };
  return counting.flatMap((usage) => {
    const { windowEnd, gpuSeconds, energyWh } = before!;
    before = usage;
    // A statement that was co-signed later states the same again.
    if (usage.windowEnd === windowEnd && usage.gpuSeconds === gpuSeconds) return [];
    return [
      {
        start: windowEnd,
        end: usage.windowEnd,
        delivered: usage.gpuSeconds - gpuSeconds,
        capacity: capacityAt(usage.windowEnd) - capacityAt(windowEnd),
        energyWh: usage.energyWh - energyWh,
      },
    ];
  });
}
