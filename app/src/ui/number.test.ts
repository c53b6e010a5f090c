import { expect, it } from 'vitest';
import { parseNumber } from './number';

it('reads halves, with a point', () => expect(['0.5', '.5', '12', ' 8 ', '1.'].map((text) => parseNumber(text))).toEqual([0.5, 0.5, 12, 8, 1]));
it('refuses what can be read in two ways, or in none', () => {
  for (const text of ['0,5', '1,000', '1e3', '-1', '+1', '0x10', 'Infinity', '', '1 2', '1.2.3', '٣']) expect(parseNumber(text)).toMatch(/^Enter a number/);
});
it('keeps to whole numbers and bounds where they are asked for', () => {
  expect(parseNumber('0.5', { isWhole: true })).toBe('Enter a whole number.');
  expect(parseNumber('9007199254740993', { isWhole: true })).toBe('Enter a whole number.');
  expect([parseNumber('0', { least: 1 }), parseNumber('1', { least: 1 }), parseNumber('101', { most: 100 })]).toEqual(['At least 1.', 1, 'At most 100.']);
});
