import type { HistoryEntry } from 'gpu-lease';

export type FeePoint = { time: bigint; bps: number };

/** The fee from the first known moment until now, a point for each change. */
export function feeHistory(
  history: readonly Pick<HistoryEntry, 'time' | 'events'>[],
  feeBps: number,
  now: bigint,
): FeePoint[] {
  const points: FeePoint[] = [];
  for (const { time, events } of history) {
    for (const event of events) {
      if (event.event === 'ProtocolInitialized') points.push({ time, bps: Number(event.feeBps) });
      if (event.event === 'FeeChanged') {
        if (points.length === 0) points.push({ time: time - 1n, bps: Number(event.fromBps) });
        points.push({ time, bps: Number(event.toBps) });
      }
    }
  }
  const last = points.at(-1);
  if (!last || last.time < now) points.push({ time: now, bps: feeBps });
  return points;
}
