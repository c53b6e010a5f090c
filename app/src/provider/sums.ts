import type { MoneyOutlook } from 'gpu-lease/rules';
import type { Token } from '../chain/accounts';

/** What leases come to in one currency, base units. */
export type Sums = { token: Token; due: bigint; inChallenge: bigint; bond: bigint };

/** Sums over leases, currency by currency. */
export function sumsByToken(leases: { token: Token; money: MoneyOutlook }[]): Sums[] {
  const sums = new Map<string, Sums>();
  for (const { token, money } of leases) {
    const { duePayout, inChallenge, bond } = money;
    const before = sums.get(token.mint) ?? { token, due: 0n, inChallenge: 0n, bond: 0n };
    sums.set(token.mint, {
      token,
      due: before.due + duePayout,
      inChallenge: before.inChallenge + inChallenge,
      bond: before.bond + bond,
    });
  }
  return [...sums.values()];
}
