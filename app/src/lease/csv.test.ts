import { expect, it } from 'vitest';
import type { HistoryEntry } from '../chain/history';
import { csv } from './csv';

const entry = (time: bigint, ...events: unknown[]) => ({ signature: 'sig', slot: 7n, time, events, instructions: [] }) as unknown as HistoryEntry;

it('has a column for every field, and every base unit', () => {
  const text = csv([entry(0n, { event: 'A', amount: 2n ** 63n }), entry(60n, { event: 'B', reason: 'renter notice' }, { event: 'C', terms: { price: 1n } })]);
  expect(text.split('\r\n')).toEqual([
    'time,slot,transaction,event,amount,reason,terms',
    '1970-01-01T00:00:00.000Z,7,sig,A,9223372036854775808,,',
    '1970-01-01T00:01:00.000Z,7,sig,B,,renter notice,',
    '1970-01-01T00:01:00.000Z,7,sig,C,,,"{""price"":""1""}"',
  ]);
});

it('hands no formula to a spreadsheet', () => {
  expect(csv([entry(0n, { event: '=1+1', change: -5n })])).toContain("'=1+1,-5");
});
