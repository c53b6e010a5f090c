import type { Address } from '@solana/kit';
import type { Event } from 'gpu-lease/rules';

/** What a transaction paid a provider out of one lease, base units. */
export type Earning = {
  time: bigint;
  lease: string;
  mint: Address;
  payout: bigint;
  /** Taken from its bond for missing GPU time. */
  credit: bigint;
};

/** What happened at a moment. */
type Happened = { time: bigint; events: readonly Event[] };

/** What a provider earned, in the order of `history`. `mintOf` knows the provider's leases, closed ones too. */
export function earnings(
  history: readonly Happened[],
  mintOf: (lease: string) => Address | undefined,
): Earning[] {
  return history.flatMap(({ time, events }) =>
    events.flatMap((event) => {
      if (event.event !== 'LeaseSettled' && event.event !== 'LeaseClosed') return [];
      const mint = mintOf(event.lease);
      const credit = event.event === 'LeaseClosed' ? event.credit : 0n;
      return mint && event.payout + credit > 0n
        ? [{ time, lease: event.lease, mint, payout: event.payout, credit }]
        : [];
    }),
  );
}

/** Earnings added up: at each moment what was paid until then. */
export function addedUp(all: readonly Earning[]): { time: bigint; total: bigint }[] {
  const points: { time: bigint; total: bigint }[] = [];
  for (const { time, payout } of all) {
    const last = points.at(-1);
    const total = (last?.total ?? 0n) + payout;
    if (last?.time === time) last.total = total;
    else points.push({ time, total });
  }
  return points;
}

/** Sum of what was paid at `from` or later. */
export const earnedSince = (all: readonly Earning[], from: bigint) =>
  all.reduce((sum, { time, payout }) => (time >= from ? sum + payout : sum), 0n);

export const creditsOf = (all: readonly Earning[]) => all.reduce((sum, { credit }) => sum + credit, 0n);
