import { expect, it } from 'vitest';
import { windows } from './attestations';

const capacityAt = (time: bigint) => 2n * (time - 1_000n);
const stated = (windowEnd: bigint, gpuSeconds: bigint, energyWh = 0n) => ({ windowEnd, gpuSeconds, energyWh });

it('takes cumulative statements apart', () => {
  expect(windows([stated(1_100n, 200n, 10n), stated(1_200n, 350n, 25n)], 1_000n, capacityAt)).toEqual([
    { end: 1_100n, delivered: 200n, capacity: 200n, energyWh: 10n },
    { end: 1_200n, delivered: 150n, capacity: 200n, energyWh: 15n },
  ]);
});

it('leaves out what only repeats', () => {
  expect(windows([stated(1_100n, 200n), stated(1_100n, 200n)], 1_000n, capacityAt)).toHaveLength(1);
});
