import { expect, it } from 'vitest';
import { reportsOf, windows } from './reports';

const capacityAt = (time: bigint) => 2n * (time - 1_000n);
const report = (windowEnd: bigint, gpuSeconds: bigint, energyWh = 0n, counts: boolean | null = true) => ({
  windowEnd,
  gpuSeconds,
  energyWh,
  counts,
});

it('takes cumulative reports apart', () => {
  expect(windows([report(1_100n, 200n, 10n), report(1_200n, 350n, 25n)], 1_000n, capacityAt)).toEqual([
    { start: 1_000n, end: 1_100n, delivered: 200n, capacity: 200n, energyWh: 10n },
    { start: 1_100n, end: 1_200n, delivered: 150n, capacity: 200n, energyWh: 15n },
  ]);
});

it('begins with the first that is known where older ones are not', () => {
  expect(windows([report(1_100n, 200n, 10n), report(1_200n, 350n, 25n)], undefined, capacityAt)).toEqual([
    { start: 1_100n, end: 1_200n, delivered: 150n, capacity: 200n, energyWh: 15n },
  ]);
  expect(windows([], undefined, capacityAt)).toEqual([]);
});

it('leaves out what only repeats', () => {
  expect(windows([report(1_100n, 200n), report(1_100n, 200n)], 1_000n, capacityAt)).toHaveLength(1);
});

it('leaves out what a lease refused of a batch, or may have refused', () => {
  const all = [
    report(1_100n, 200n),
    report(1_200n, 50n, 0n, false),
    report(1_250n, 60n, 0n, null),
    report(1_300n, 400n),
  ];
  expect(
    windows(all, 1_000n, capacityAt).map(({ end, delivered, capacity }) => [end, delivered, capacity]),
  ).toEqual([
    [1_100n, 200n, 200n],
    [1_300n, 200n, 400n],
  ]);
});

it('finds a lease’s own rows among those of a batch', () => {
  const row = (lease: string, gpuSeconds: bigint) => ({
    ...report(1_100n, gpuSeconds),
    lease,
    signers: ['attestor'],
  });
  const history = [
    { statements: () => [row('a', 1n), row('b', 2n)] },
    { statements: () => [] },
    { statements: () => [row('a', 3n)] },
  ];
  expect(reportsOf(history, 'a').map(({ gpuSeconds }) => gpuSeconds)).toEqual([1n, 3n]);
});
