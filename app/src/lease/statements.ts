import type { HistoryEntry } from '../chain/history';
import type { Statement } from '../rules';

/** What a lease's history stated of it, in its order: by itself, or in a batch of several leases. */
export const statementsOf = (history: readonly Pick<HistoryEntry, 'statements'>[], lease: string): Statement[] =>
  history.flatMap(({ statements }) => statements().filter((stated) => stated.lease === lease));

export type Window = {
  /** End of the window, unix seconds. */
  end: bigint;
  /** GPU-seconds delivered in it. */
  delivered: bigint;
  /** GPU-seconds that it could hold. */
  capacity: bigint;
  /** Watt-hours used in it. */
  energyWh: bigint;
};

type Stated = Pick<Statement, 'windowEnd' | 'gpuSeconds' | 'energyWh' | 'counts'>;

/** What was delivered from one statement that counts to the next, against what the GPUs could have. */
export function windows(stated: readonly Stated[], startedAt: bigint, capacityAt: (time: bigint) => bigint): Window[] {
  let before = { windowEnd: startedAt, gpuSeconds: 0n, energyWh: 0n };
  return stated.flatMap((usage) => {
    if (!usage.counts) return [];
    const { windowEnd, gpuSeconds, energyWh } = before;
    before = usage;
    // A statement that was co-signed later states the same again.
    if (usage.windowEnd === windowEnd && usage.gpuSeconds === gpuSeconds) return [];
    return [
      {
        end: usage.windowEnd,
        delivered: usage.gpuSeconds - gpuSeconds,
        capacity: capacityAt(usage.windowEnd) - capacityAt(windowEnd),
        energyWh: usage.energyWh - energyWh,
      },
    ];
  });
}
