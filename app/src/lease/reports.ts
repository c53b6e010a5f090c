import type { HistoryEntry } from 'gpu-lease';
import type { Statement } from 'gpu-lease/rules';

/** The usage reports of a lease in their order: of it alone, or in a batch of several leases. */
export const reportsOf = (history: readonly Pick<HistoryEntry, 'statements'>[], lease: string): Statement[] =>
  history.flatMap(({ statements }) => statements().filter((report) => report.lease === lease));

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

type Report = Pick<Statement, 'windowEnd' | 'gpuSeconds' | 'energyWh' | 'counts'>;

/**
 * What was delivered from one report that counts to the next, against what the GPUs could have. Without a start, where older ones are
 * not known, from the first on that is.
 */
export function windows(
  reports: readonly Report[],
  startedAt: bigint | undefined,
  capacityAt: (time: bigint) => bigint,
): Window[] {
  const counting = reports.filter(({ counts }) => counts);
  const [first] = counting;
  let before = startedAt === undefined ? first : { windowEnd: startedAt, gpuSeconds: 0n, energyWh: 0n };
  return counting.flatMap((report) => {
    const { windowEnd, gpuSeconds, energyWh } = before!;
    before = report;
    // A report that is co-signed later says the same again.
    if (report.windowEnd === windowEnd && report.gpuSeconds === gpuSeconds) return [];
    return [
      {
        start: windowEnd,
        end: report.windowEnd,
        delivered: report.gpuSeconds - gpuSeconds,
        capacity: capacityAt(report.windowEnd) - capacityAt(windowEnd),
        energyWh: report.energyWh - energyWh,
      },
    ];
  });
}
