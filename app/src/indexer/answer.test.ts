import { numbered } from 'gpu-lease/testing';
import { expect, it, test } from 'vitest';
import {
  address,
  count,
  cursor,
  flag,
  i64,
  list,
  orNull,
  part,
  shape,
  signature,
  text,
  u64,
  word,
} from './answer';

const REFUSED = 'What the indexer answered cannot be read.';

it('reads integers of 64 bits exactly, and nothing beyond them', () => {
  expect(u64('18446744073709551615')).toBe(2n ** 64n - 1n);
  expect(i64('-9223372036854775808')).toBe(-(2n ** 63n));
  for (const other of ['18446744073709551616', '-1', '1.5', '1e3', '', ' 1', '0x1', 1, null])
    expect(() => u64(other)).toThrow(REFUSED);
  for (const other of ['9223372036854775808', '-9223372036854775809', '--1'])
    expect(() => i64(other)).toThrow(REFUSED);
});

it('refuses what is of another kind, wherever it is', () => {
  const reads = shape<{ name: string; at: bigint | null; is: boolean }>({
    name: text,
    at: orNull(i64),
    is: flag,
  });
  expect(reads({ name: 'a', at: null, is: true, more: 7 })).toEqual({ name: 'a', at: null, is: true });
  for (const other of [null, 7, [], { name: 7, at: null, is: true }, { name: 'a', at: 5, is: true }])
    expect(() => reads(other)).toThrow(REFUSED);
  expect(() => list(reads)([{ name: 'a', at: null, is: 1 }])).toThrow(REFUSED);
});

test.each([
  [address, numbered(7), 'not an address'],
  [signature, '5'.repeat(88), '5'.repeat(63)],
  [cursor, '417-3-0', 'a cursor'],
  [count, 7, 0.5],
  [word('for', 'against'), 'for', 'perhaps'],
])('%o takes what it is for', (reads, own, other) => {
  expect(reads(own)).toBe(own);
  expect(() => reads(other)).toThrow(REFUSED);
});

it('texts of strangers are short, and turn and hide nothing', () => {
  expect(text('a\u202eb')).toBe('a\\u{202e}b');
  expect(text('a'.repeat(1_000))).toBe(`${'a'.repeat(300)}…`);
});

it('a list that goes on and on is refused', () => {
  const reads = part(u64);
  expect(reads({ items: ['1'], next: null })).toEqual({ items: [1n], next: null });
  expect(() => reads({ items: Array.from({ length: 5_001 }, () => '1'), next: null })).toThrow(REFUSED);
});
