// Days of UTC, put together to weeks and months.

/** Seconds of a day. */
export const DAY = 86_400n;

export const PERIODS = ['day', 'week', 'month'] as const;
export type Period = (typeof PERIODS)[number];

const startOf: Record<Period, (day: bigint) => bigint> = {
  day: (day) => day - (((day % DAY) + DAY) % DAY),
  // 1 January 1970 was a Thursday; weeks begin on Mondays.
  week: (day) => {
    const days = startOf.day(day) / DAY;
    return (days - ((((days + 3n) % 7n) + 7n) % 7n)) * DAY;
  },
  month: (day) => {
    const date = new Date(Number(day) * 1_000);
    return BigInt(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1) / 1_000);
  },
};

const next: Record<Period, (start: bigint) => bigint> = {
  day: (start) => start + DAY,
  week: (start) => start + 7n * DAY,
  month: (start) => startOf.month(start + 31n * DAY),
};

/** The first second of the period that a moment is in. */
export const beginOf = (period: Period, at: bigint): bigint => startOf[period](at);

/** No chart has more marks than this. */
const MOST = 400;

/** Items in the periods between two moments, each period there is, the oldest first. */
export function inPeriods<T extends { day: bigint }>(
  items: readonly T[],
  period: Period,
  from: bigint,
  until: bigint,
): { start: bigint; items: T[] }[] {
  const byStart = new Map<bigint, T[]>();
  const last = beginOf(period, until);
  for (let start = beginOf(period, from); start <= last && byStart.size < MOST; start = next[period](start))
    byStart.set(start, []);
  for (const item of items) byStart.get(beginOf(period, item.day))?.push(item);
  return [...byStart].map(([start, items]) => ({ start, items }));
}

/** The sum of something of some items. */
export const sumOf = <T>(items: readonly T[], of: (item: T) => bigint): bigint =>
  items.reduce((sum, item) => sum + of(item), 0n);
