import { expect, it } from 'vitest';
import { csv } from './csv';

const event = (time: bigint, name: string, fields: Record<string, unknown> = {}) => ({
  signature: 'sig',
  slot: 7n,
  time,
  name,
  fields,
});

it('has a column for every field, and every base unit', () => {
  const text = csv([
    event(0n, 'A', { amount: 2n ** 63n }),
    event(60n, 'B', { reason: 'renter notice' }),
    event(60n, 'C', { terms: { price: 1n } }),
  ]);
  expect(text.split('\r\n')).toEqual([
    'time,slot,transaction,event,amount,reason,terms',
    '1970-01-01T00:00:00.000Z,7,sig,A,9223372036854775808,,',
    '1970-01-01T00:01:00.000Z,7,sig,B,,renter notice,',
    '1970-01-01T00:01:00.000Z,7,sig,C,,,"{""price"":""1""}"',
  ]);
});

it('hands no formula to a spreadsheet', () => {
  expect(csv([event(0n, '=1+1', { change: -5n })])).toContain("'=1+1,-5");
});
