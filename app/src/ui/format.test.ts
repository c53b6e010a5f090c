import { describe, expect, it } from 'vitest';
import {
  formatAmount,
  formatBps,
  formatDay,
  formatDuration,
  formatGpuHours,
  formatHour,
  formatRelative,
  formatTime,
  formatUtc,
  parseAmount,
  parseBps,
  parseCount,
  writeAmount,
} from './format';

describe('amounts', () => {
  it('keep every base unit', () => {
    expect(formatAmount(1_234_567_890n, 6)).toBe('1,234.56789');
    expect(formatAmount(18_446_744_073_709_551_615n, 6)).toBe('18,446,744,073,709.551615');
    expect(formatAmount(5n, 0)).toBe('5');
  });
  it('show two decimals at least and cut off what is asked for', () => {
    expect(formatAmount(2_000_000n, 6)).toBe('2.00');
    expect(formatAmount(1_999_999n, 6, { places: 2 })).toBe('1.99');
    expect(formatAmount(1_999_999n, 6, { places: 0 })).toBe('1');
  });
  it('show the sign of a change', () => {
    expect(formatAmount(-1_500_000n, 6, { signed: true })).toBe('−1.50');
    expect(formatAmount(1_500_000n, 6, { signed: true })).toBe('+1.50');
    expect(formatAmount(0n, 6, { signed: true })).toBe('0.00');
  });
  it('come back as they were written', () => {
    for (const [text, value] of [
      ['12.5', 12_500_000n],
      ['.5', 500_000n],
      ['1,000.0', 1_000_000_000n],
      ['1,000,000', 1_000_000_000_000n],
      ['3.', 3_000_000n],
    ] as const)
      expect(parseAmount(text, 6)).toBe(value);
  });
  it('come back as they were shown, and as a form was filled', () => {
    for (const value of [0n, 1n, 999n, 1_000n, 1_234_567n, 10n ** 12n, (1n << 64n) - 1n])
      for (const decimals of [0, 1, 2, 6, 9, 18]) {
        expect([decimals, parseAmount(writeAmount(value, decimals), decimals)]).toEqual([decimals, value]);
        const shown = parseAmount(formatAmount(value, decimals), decimals);
        // A lone comma of a mint without decimals is refused, never read as another amount.
        expect(typeof shown === 'string' || shown === value).toBe(true);
        if (decimals > 1) expect(shown).toBe(value);
      }
  });
  it('with a decimal comma are never ten or a thousand times the money', () => {
    for (const text of ['12,50', '2,49', '0,5', '1,000', '1.234,56'])
      expect([text, parseAmount(text, 6)]).toEqual([text, expect.stringMatching(/with a point/)]);
    expect(parseAmount('0.5', 0)).toMatch(/no decimals/);
  });
  it('are refused with what to do', () => {
    expect(parseAmount('', 6)).toMatch(/number/);
    expect(parseAmount('.', 6)).toMatch(/number/);
    expect(parseAmount('-1', 6)).toMatch(/number/);
    expect(parseAmount('1e3', 6)).toMatch(/number/);
    expect(parseAmount('0.0000001', 6)).toMatch(/6 decimals/);
    expect(parseAmount('18446744073709.551616', 6)).toMatch(/more than/);
    expect(parseAmount('18446744073709.551615', 6)).toBe((1n << 64n) - 1n);
  });
});

describe('shares, usage and times', () => {
  it('are percentages', () => {
    expect([formatBps(125), formatBps(100), formatBps(9_990n), formatBps(0)]).toEqual([
      '1.25%',
      '1%',
      '99.9%',
      '0%',
    ]);
    expect([parseBps('1.25%'), parseBps('5')]).toEqual([125, 500]);
    expect(parseBps('1.255')).toMatch(/two decimals/);
    expect(parseBps('12,5')).toMatch(/with a point/);
  });
  it('are whole counts', () => {
    expect([parseCount('28800'), parseCount(' 1 000 '), parseCount('18446744073709551615')]).toEqual([
      28_800n,
      1_000n,
      (1n << 64n) - 1n,
    ]);
    for (const text of ['', '1.5', '-1', '1e3', '18446744073709551616'])
      expect(parseCount(text)).toBe('Enter a whole number.');
    expect(parseCount('28,800')).toMatch(/without a separator/);
  });
  it('are dated the same for every reader', () =>
    expect(formatTime(1_780_000_000n)).toMatch(/^\d{1,2} \w{3,4} 2026, \d\d:\d\d$/));
  it('are GPU-hours, cut off', () =>
    expect([formatGpuHours(3_600n), formatGpuHours(3_599n)]).toEqual(['1.00', '0.99']));
  it('are the two largest units', () => {
    expect([0, 59, 3_600, 90_061, 86_459].map(formatDuration)).toEqual([
      '0 s',
      '59 s',
      '1 h',
      '1 d 1 h',
      '1 d',
    ]);
  });
  it('are dates whatever a transaction says', () => {
    for (const write of [formatTime, formatUtc, formatDay, formatHour])
      expect([(1n << 63n) - 1n, -(1n << 63n)].map(write)).toEqual([
        'after the year 9999',
        'before all calendars',
      ]);
  });
  it('are before or after now', () => {
    expect([formatRelative(10n, 10n), formatRelative(70n, 10n), formatRelative(10n, 70n)]).toEqual([
      'now',
      'in 1 min',
      '1 min ago',
    ]);
  });
});
