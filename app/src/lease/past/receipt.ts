// What a lease cost and paid, added up here from each movement of its vault: an indexer's own sums are only compared.

import type { Address } from '@solana/kit';
import type { Movement, Receipt } from '../../indexer/shapes';

/** What moved, by what for; each an amount that is not negative. */
export type Totals = {
  deposits: bigint;
  topUps: bigint;
  stakes: bigint;
  payouts: bigint;
  fees: bigint;
  arbiterFees: bigint;
  refund: bigint;
  credit: bigint;
  bonds: bigint;
  bondReturned: bigint;
  /** Tokens that somebody sent without being asked, or that nobody explained. */
  other: bigint;
  /** What the vault holds after all that. */
  left: bigint;
};

const PURPOSES: Record<string, Exclude<keyof Totals, 'left' | 'other'>> = {
  deposit: 'deposits',
  top_up: 'topUps',
  stake: 'stakes',
  payout: 'payouts',
  fee: 'fees',
  arbiter_fee: 'arbiterFees',
  refund: 'refund',
  credit: 'credit',
  bond: 'bonds',
  bond_return: 'bondReturned',
};

/** What each purpose is called on a receipt. */
export const PURPOSE_WORDS: Record<string, string> = {
  deposit: 'Deposit',
  top_up: 'Top-up',
  stake: 'Stake in a dispute',
  payout: 'Paid to the provider',
  fee: 'Fee of the protocol',
  arbiter_fee: 'Fee of the arbiter',
  refund: 'Refund',
  credit: 'Credit for missing GPU time',
  bond: 'Provider’s bond',
  bond_return: 'Bond returned',
  gift: 'Sent without being asked',
  unexplained: 'Not explained',
};

export const purposeWords = (purpose: string) => PURPOSE_WORDS[purpose] ?? purpose;

/** What a movement does to the vault: what enters it is positive. */
export const throughVault = ({ from, to, amount }: Movement, vault: Address): bigint =>
  (to === vault ? amount : 0n) - (from === vault ? amount : 0n);

/** What a movement does to a wallet: what it gets is positive. */
export const throughWallet = ({ from_owner, to_owner, amount }: Movement, wallet: Address): bigint =>
  (to_owner === wallet ? amount : 0n) - (from_owner === wallet ? amount : 0n);

export function totalsOf(lines: readonly Movement[], vault: Address): Totals {
  const totals: Totals = {
    deposits: 0n,
    topUps: 0n,
    stakes: 0n,
    payouts: 0n,
    fees: 0n,
    arbiterFees: 0n,
    refund: 0n,
    credit: 0n,
    bonds: 0n,
    bondReturned: 0n,
    other: 0n,
    left: 0n,
  };
  for (const line of lines) {
    totals[PURPOSES[line.purpose] ?? 'other'] += line.amount;
    totals.left += throughVault(line, vault);
  }
  return totals;
}

/** What the renter’s side paid in, what it got back, and the rest, which the lease cost. */
export function costOf({ deposits, topUps, stakes, refund, credit }: Totals) {
  const [paidIn, paidBack] = [deposits + topUps + stakes, refund + credit];
  return { paidIn, paidBack, cost: paidIn - paidBack };
}

export const isOver = ({ state }: Receipt['lease']) => state === 'closed' || state === 'cancelled';

/** Why the figures of a receipt cannot be right, each in a sentence; none where they add up. */
export function faultsOf({ lease, lines, paid_in, paid_back, cost }: Receipt, vault: Address): string[] {
  const totals = totalsOf(lines, vault);
  const own = costOf(totals);
  const places = lines.map(({ landed, number }) => `${landed.signature} ${number}`);
  const faults: [boolean, string][] = [
    [lease.is_in_doubt, 'The indexer cannot explain what this lease’s accounts hold.'],
    [new Set(places).size < places.length, 'A payment is in it twice.'],
    [lines.some(({ mint }) => mint !== lease.mint), 'A payment is in another currency.'],
    [
      lines.some((line) => throughVault(line, vault) === 0n && line.amount > 0n),
      'A payment did not go through this lease’s vault.',
    ],
    [
      isOver(lease) ? totals.left !== 0n : totals.left < 0n,
      isOver(lease)
        ? 'What was paid in and what was paid out differ.'
        : 'More was paid out than was paid in.',
    ],
    [
      [
        [paid_in, own.paidIn],
        [paid_back, own.paidBack],
        [cost, own.cost],
      ].some(([told, added]) => told !== null && told !== added),
      'Its sums are not those of its payments.',
    ],
    [
      lease.deposited !== null && totals.deposits + totals.topUps !== lease.deposited,
      'Its deposits are not those of the lease.',
    ],
    [
      lease.paid !== null && totals.payouts !== lease.paid,
      'Its payments to the provider are not those of the lease.',
    ],
    [
      lease.closing !== null &&
        (totals.refund !== lease.closing.refund ||
          totals.credit !== lease.closing.credit ||
          totals.fees !== lease.closing.fees ||
          totals.bondReturned !== lease.closing.bond),
      'How the money was divided at the end is not how it was paid.',
    ],
  ];
  return faults.flatMap(([isWrong, fault]) => (isWrong ? [fault] : []));
}
