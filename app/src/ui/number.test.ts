import { describe, expect, it } from 'vitest';
import { HOW_TO_WRITE, parseNumber, readDigits } from './number';

/** Numbers that one reader takes for ten or a thousand times what another does. */
const AMBIGUOUS = [
  '12,50',
  '2,49',
  '12,5',
  '0,5',
  '1,000',
  '1.000,50',
  '1.000.000',
  '1,00,000',
  '12,345,6',
  ',5',
  '1 2',
  '10 00',
  '1 000,5',
  "1'000",
  '1’000',
  '1٫5',
  '1.2.3',
  '1,000.',
  '1,2 345',
];

describe('a number', () => {
  it('is read with a point, and in groups that have one meaning', () => {
    const read = (text: string) => readDigits(text);
    expect(read('12.50')).toEqual({ whole: '12', fraction: '50' });
    expect(read('.5')).toEqual({ whole: '', fraction: '5' });
    for (const text of ['1234567.5', '1,234,567.5', '1 234 567.5', '1\u202f234\u202f567.5', '1_234_567.5'])
      expect(read(text)).toEqual({ whole: '1234567', fraction: '5' });
    expect(read('1,234,567')).toEqual({ whole: '1234567', fraction: '' });
  });

  it('that could be read in two ways is refused, with how to write it', () => {
    for (const text of AMBIGUOUS)
      expect([text, readDigits(text), parseNumber(text), parseNumber(text, { isWhole: true })]).toEqual([
        text,
        HOW_TO_WRITE,
        HOW_TO_WRITE,
        HOW_TO_WRITE,
      ]);
  });

  it('is not made of anything else', () => {
    for (const text of [
      '',
      '.',
      '-1',
      '+1',
      '1e3',
      '0x10',
      'Infinity',
      'NaN',
      '٣',
      '１２',
      '1 USDC',
      '\u202e12',
      '−1',
    ])
      expect(readDigits(text)).toMatch(/^Enter a number/);
  });
});

it('reads halves, with a point', () =>
  expect(['0.5', '.5', '12', ' 8 ', '1.'].map((text) => parseNumber(text))).toEqual([0.5, 0.5, 12, 8, 1]));
it('keeps to whole numbers and bounds where they are asked for', () => {
  expect(parseNumber('0.5', { isWhole: true })).toBe('Enter a whole number.');
  expect(parseNumber('9007199254740993', { isWhole: true })).toBe('Enter a whole number.');
  expect([
    parseNumber('0', { least: 1 }),
    parseNumber('1', { least: 1 }),
    parseNumber('101', { most: 100 }),
  ]).toEqual(['At least 1.', 1, 'At most 100.']);
});
