import { expect, it } from 'vitest';
import { beginOf, DAY, inPeriods, sumOf } from './periods';

const at = (date: string) => BigInt(Date.parse(`${date}T00:00:00Z`) / 1_000);

it('days, weeks from Monday, and months begin where the calendar says', () => {
  expect(beginOf('day', at('2026-11-30') + 86_399n)).toBe(at('2026-11-30'));
  // 29 November 2026 is a Sunday.
  expect(beginOf('week', at('2026-11-29'))).toBe(at('2026-11-23'));
  expect(beginOf('week', at('2026-11-30'))).toBe(at('2026-11-30'));
  expect(beginOf('month', at('2028-02-29'))).toBe(at('2028-02-01'));
  expect([beginOf('day', -1n), beginOf('week', -1n)]).toEqual([-DAY, at('1969-12-29')]);
});

it('each period is there, also those without anything, and nothing is lost or counted twice', () => {
  const from = at('2026-01-01');
  const days = Array.from({ length: 365 }, (_, i) => ({ day: from + BigInt(i) * DAY }));
  const until = days.at(-1)!.day;
  for (const period of ['day', 'week', 'month'] as const) {
    const periods = inPeriods(days, period, from, until);
    expect(periods.flatMap(({ items }) => items)).toEqual(days);
    for (const { start, items } of periods)
      for (const { day } of items) expect(beginOf(period, day)).toBe(start);
  }
  expect(inPeriods([], 'month', from, until).map(({ start }) => start)).toHaveLength(12);
});

it('what is outside is left out', () => {
  const [from, until] = [at('2026-11-02'), at('2026-11-08')];
  const periods = inPeriods([{ day: at('2026-11-01') }, { day: at('2026-11-09') }], 'day', from, until);
  expect(sumOf(periods, ({ items }) => BigInt(items.length))).toBe(0n);
});
