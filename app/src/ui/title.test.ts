import { expect, it } from 'vitest';
import { titleOf } from './title';

it('names the view first, and before it how much is new', () => {
  expect([titleOf('Market', 0), titleOf('Leases', 3)]).toEqual([
    'Market · gpu-lease',
    '(3) Leases · gpu-lease',
  ]);
});
