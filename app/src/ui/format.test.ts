import { describe, expect, it } from 'vitest';
import { formatAmount, formatBps, formatDuration, formatGpuHours, formatRelative, parseAmount, parseBps } from './format';

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
    for (const [text, value] of [['12.5', 12_500_000n], ['.5', 500_000n], ['1,000', 1_000_000_000n], ['3.', 3_000_000n]] as const)
      expect(parseAmount(text, 6)).toBe(value);
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
    expect([formatBps(125), formatBps(100), formatBps(9_990n), formatBps(0)]).toEqual(['1.25%', '1%', '99.9%', '0%']);
    expect([parseBps('1.25%'), parseBps('5')]).toEqual([125, 500]);
    expect(parseBps('1.255')).toMatch(/two decimals/);
  });
  it('are GPU-hours, cut off', () => expect([formatGpuHours(3_600n), formatGpuHours(3_599n)]).toEqual(['1.00', '0.99']));
  it('are the two largest units', () => {
    expect([0, 59, 3_600, 90_061, 86_459].map(formatDuration)).toEqual(['0 s', '59 s', '1 h', '1 d 1 h', '1 d']);
  });
  it('are before or after now', () => {
    expect([formatRelative(10n, 10n), formatRelative(70n, 10n), formatRelative(10n, 70n)]).toEqual(['now', 'in 1 min', '1 min ago']);
  });
});
