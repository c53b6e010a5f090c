import type { Address } from '@solana/kit';
import { describe, expect, it } from 'vitest';
import type { Event } from 'gpu-lease/rules';
import { addedUp, creditsOf, earnedSince, earnings } from './earnings';

const MINT = 'mint' as Address;
const ledger = { deposited: 9n, released: 0n, fees: 0n, bond: 0n, stake: 0n, counted: 0n };
const settled = (lease: string, payout: bigint): Event => ({
  event: 'LeaseSettled',
  lease,
  accepted: 0n,
  payout,
  fee: 1n,
  ledger,
});
const closed = (lease: string, payout: bigint, credit: bigint): Event => ({
  event: 'LeaseClosed',
  lease,
  accepted: 0n,
  promised: 0n,
  payout,
  fees: 3n,
  bond: 100n,
  credit,
  refund: 5n,
  reason: 'completed',
});

const history = [
  { time: 10n, events: [settled('a', 4n), settled('b', 6n)] },
  {
    time: 20n,
    events: [{ event: 'LeaseToppedUp', lease: 'a', funder: 'f', amount: 9n, ledger } satisfies Event],
  },
  { time: 30n, events: [closed('a', 5n, 2n), settled('of another provider', 50n)] },
  { time: 40n, events: [closed('b', 0n, 0n)] },
];
const all = earnings(history, (lease) => (lease === 'a' || lease === 'b' ? MINT : undefined));

describe('earnings', () => {
  it('are the payouts of the provider’s own leases, the bond and the fees left out', () => {
    expect(all.map(({ time, lease, payout }) => [time, lease, payout])).toEqual([
      [10n, 'a', 4n],
      [10n, 'b', 6n],
      [30n, 'a', 5n],
    ]);
  });

  it('add up, one point a moment', () => {
    expect(addedUp(all)).toEqual([
      { time: 10n, total: 10n },
      { time: 30n, total: 15n },
    ]);
    expect(addedUp([])).toEqual([]);
  });

  it('are counted from a day on, and credits beside them', () => {
    expect([earnedSince(all, 0n), earnedSince(all, 30n), earnedSince(all, 31n)]).toEqual([15n, 5n, 0n]);
    expect(creditsOf(all)).toBe(2n);
  });
});
