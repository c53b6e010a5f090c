import { expect, it } from 'vitest';
import { dayInWords, forecast, priceOfLonger } from './forecast';

const HOUR = 3_600n;
const at = (fundedUntil: bigint, usedUpAt: bigint | null = null) =>
  forecast({ now: 0n, endsAt: 100n * HOUR, fundedUntil, usedUpAt });

it('is covered when full delivery is paid until the end', () =>
  expect([at(100n * HOUR), at(100n * HOUR - 1n)]).toEqual(['covered', 'partly']));
it('warns two hours ahead', () => expect([at(2n * HOUR), at(2n * HOUR + 1n)]).toEqual(['soon', 'partly']));
it('goes by usage where there was some', () => {
  expect(at(HOUR, 50n * HOUR)).toBe('partly');
  expect(at(HOUR, 2n * HOUR)).toBe('soon');
  expect(at(HOUR, 100n * HOUR)).toBe('partly');
});
it('says today and tomorrow by the calendar, not by hours', () => {
  const at = (day: number, hour: number) => BigInt(new Date(2026, 9, day, hour).getTime() / 1_000);
  expect([
    dayInWords(at(31, 23), at(31, 0)),
    dayInWords(at(32, 0), at(31, 23)),
    dayInWords(at(33, 0), at(31, 23)),
    dayInWords(at(30, 23), at(31, 0)),
  ]).toEqual(['today', 'tomorrow', undefined, undefined]);
});
it('prices the longer part with the GPUs that run then', () => {
  const price = (resize: { gpus: number; from: bigint } | null) =>
    priceOfLonger(
      {
        lease: { terms: { price: 2_490_000n } as never },
        outlook: { resize, endsAt: 100n * HOUR, gpusInUse: 8 },
      },
      2 * 3_600,
    );
  expect(price(null)).toBe(8n * 2n * 2_490_000n);
  expect(price({ gpus: 2, from: 50n * HOUR })).toBe(2n * 2n * 2_490_000n);
  expect(price({ gpus: 2, from: 101n * HOUR })).toBe((8n + 2n) * 2_490_000n);
  expect(price({ gpus: 2, from: 103n * HOUR })).toBe(8n * 2n * 2_490_000n);
});
