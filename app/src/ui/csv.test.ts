import { expect, it } from 'vitest';
import { amountCell, numberCell, table } from './csv';
import { timeIn, zones } from './zone';

it('amounts have all decimals of their mint, to the base unit', () => {
  expect([5n, -5n, 12_500_000n, 2n ** 64n - 1n].map((value) => amountCell(value, 6))).toEqual([
    { number: '0.000005' },
    { number: '-0.000005' },
    { number: '12.500000' },
    { number: '18446744073709.551615' },
  ]);
  expect(amountCell(7n, 0)).toEqual({ number: '7' });
});

it('with a decimal comma cells are told apart by semicolons', () => {
  const rows = [['a, b', amountCell(12_500n, 3), numberCell(7), null]];
  expect(table(rows)).toBe('"a, b",12.500,7,');
  expect(table(rows, 'comma')).toBe('a, b;12,500;7;');
});

it('hands no formula to a spreadsheet, and leaves no cell early', () => {
  expect(table([['=1+1', '-x', 'a"b', 'c\rd']])).toBe(`'=1+1,'-x,"a""b","c\rd"`);
});

it('moments are those of the zone, with summer time', () => {
  const winter = BigInt(Date.UTC(2026, 10, 30, 23, 30, 5) / 1_000);
  const summer = BigInt(Date.UTC(2026, 6, 1, 12) / 1_000);
  expect(timeIn(winter, 'Europe/Berlin')).toEqual({ time: '2026-12-01 00:30:05', offset: 'UTC+01:00' });
  expect(timeIn(summer, 'Europe/Berlin')).toEqual({ time: '2026-07-01 14:00:00', offset: 'UTC+02:00' });
  expect(timeIn(summer, 'America/New_York')).toEqual({ time: '2026-07-01 08:00:00', offset: 'UTC-04:00' });
  expect(timeIn(winter, 'UTC')).toEqual({ time: '2026-11-30 23:30:05', offset: 'UTC+00:00' });
  expect(zones()).toContain('Europe/Berlin');
  expect(timeIn(2n ** 63n - 1n, 'UTC').time).toBe('9223372036854775807');
});
