import { describe, expect, it } from 'vitest';
import { sumsByToken } from './sums';

const item = (mint: string, duePayout: bigint, inChallenge: bigint, bond: bigint) =>
  ({ token: { mint }, money: { duePayout, inChallenge, bond } }) as never;

describe('sums over leases', () => {
  it('keep currencies apart', () => {
    const sums = sumsByToken([item('a', 1n, 2n, 3n), item('b', 10n, 20n, 30n), item('a', 100n, 200n, 300n)]);
    expect(sums.map(({ token, due, inChallenge, bond }) => [token.mint, due, inChallenge, bond])).toEqual([
      ['a', 101n, 202n, 303n],
      ['b', 10n, 20n, 30n],
    ]);
    expect(sumsByToken([])).toEqual([]);
  });
});
