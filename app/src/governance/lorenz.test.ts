import { expect, it } from 'vitest';
import { lorenz } from './lorenz';

it('is straight where all hold the same', () => {
  expect(lorenz([5n, 5n, 0n])).toEqual([
    { holders: 0, weight: 0 },
    { holders: 0.5, weight: 0.5 },
    { holders: 1, weight: 1 },
  ]);
});

it('begins with the smallest', () => {
  expect(lorenz([6n, 1n, 3n]).map(({ weight }) => weight)).toEqual([0, 0.1, 0.4, 1]);
});
