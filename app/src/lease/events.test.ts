import { expect, it } from 'vitest';
import type { HistoryEntry } from 'gpu-lease';
import { eventFigures, leaseEvents } from './events';

const token = { decimals: 6, symbol: 'tUSD' };

it('shows the money of an event to the base unit', () => {
  expect(
    eventFigures({ name: 'LeaseSettled', fields: { payout: 99_000_000n, fee: 1_000_001n } }, token),
  ).toBe('99.00 tUSD to the provider, a fee of 1.000001 tUSD');
});

it('shows base units where nobody knows the decimals any more', () => {
  expect(eventFigures({ name: 'LeaseToppedUp', fields: { amount: 5n } }, undefined)).toBe(
    '5 base units added',
  );
});

it('says which reports do not count', () => {
  const figures = (counts: boolean | null) =>
    eventFigures({ name: 'UsageReported', fields: { gpuSeconds: 7_200n, counts } }, token);
  expect([true, false, null].map(figures)).toEqual([
    '2.00 GPU-h since the start',
    '2.00 GPU-h since the start, refused',
    '2.00 GPU-h since the start, perhaps refused: the log is cut off',
  ]);
});

it('tells of a batch by what it reported of the lease, and of no other lease', () => {
  const report = (lease: string, counts: boolean) => ({
    lease,
    windowEnd: 5n,
    gpuSeconds: 7n,
    energyWh: 1n,
    signers: ['a', 'v'],
    counts,
  });
  const entry = {
    signature: 'sig',
    slot: 1n,
    time: 2n,
    events: [
      { event: 'BatchAttested', provider: 'p', windowEnd: 5n, rows: 2n, applied: 1n },
      { event: 'AccessPublished', lease: 'own', accessBlobHash: 'h', slot: 1n },
      { event: 'AccessPublished', lease: 'other', accessBlobHash: 'h', slot: 1n },
    ],
    statements: () => [report('other', true), report('own', false)],
    instructions: [],
  } as unknown as HistoryEntry;
  expect(
    leaseEvents([entry], 'own').map(({ name, fields }) => [name, fields.counts, fields.signers]),
  ).toEqual([
    ['UsageReported', false, 'a v'],
    ['AccessPublished', undefined, undefined],
  ]);
});
