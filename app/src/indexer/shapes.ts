// What an indexer tells, as views use it: the parts of its answers that are shown, each read as what it has to be.

import type { Address, Signature } from '@solana/kit';
import type { components } from 'gpu-lease/indexer';
import { address, count, flag, i64, list, orNull, shape, signature, text, u64, word } from './answer';

type Schemas = components['schemas'];

/** Some fields of what the API describes, each of its type there: the compiler finds where the two differ. */
type PartOf<S, T extends { [K in keyof T]: K extends keyof S ? S[K] : never }> = T;

export type Described = [
  PartOf<Schemas['Landed'], Landed>,
  PartOf<Schemas['Lease'], Omit<PastLease, 'closing'>>,
  PartOf<Schemas['Closing'], Closing>,
  PartOf<Schemas['ReceiptLine'], Movement>,
  PartOf<Schemas['Receipt'], Omit<Receipt, 'lease' | 'lines'>>,
  PartOf<Schemas['WalletDay'], WalletDay>,
  PartOf<Schemas['Model'], Model>,
  PartOf<Schemas['PriceDay'], PriceDay>,
  PartOf<Schemas['MarketDay'], MarketDay>,
  PartOf<Schemas['Provider'], Omit<PastProvider, 'reliability'>>,
  PartOf<Schemas['Reliability'], Weighed>,
  PartOf<Schemas['ProviderDay'], Omit<ProviderDay, 'reliability'>>,
  PartOf<Schemas['Vote'], PastVote>,
  PartOf<Schemas['FeeChange'], FeeChange>,
];

const COMMITMENTS = ['finalized', 'confirmed'] as const;

/** Where something is among all that happened. */
export type Landed = {
  signature: Signature;
  slot: bigint;
  time: bigint;
  commitment: (typeof COMMITMENTS)[number];
};

const commitment = word(...COMMITMENTS);
export const landed = shape<Landed>({ signature, slot: u64, time: i64, commitment });

export const LEASE_STATES = ['pending', 'active', 'disputed', 'resolved', 'cancelled', 'closed'] as const;
export type LeaseState = (typeof LEASE_STATES)[number];

export type Closing = { payout: bigint; fees: bigint; bond: bigint; credit: bigint; refund: bigint };

/** A lease, whether it runs or is over. Amounts are `null` while they are in doubt. */
export type PastLease = {
  address: Address;
  opened_slot: bigint;
  renter: Address;
  payer: Address;
  provider: Address;
  provider_authority: Address | null;
  offer: Address;
  gpu_model: string;
  region: string;
  mint: Address;
  price: bigint;
  fee_bps: number;
  gpus: number;
  duration: number;
  state: LeaseState;
  end_reason: string | null;
  opened_at: bigint;
  started_at: bigint | null;
  ends_at: bigint | null;
  closed_at: bigint | null;
  accepted: bigint;
  promised: bigint | null;
  energy_wh: bigint;
  deposited: bigint | null;
  paid: bigint | null;
  fees: bigint | null;
  bond: bigint | null;
  closing: Closing | null;
  is_in_doubt: boolean;
};

export const lease = shape<PastLease>({
  address,
  opened_slot: u64,
  renter: address,
  payer: address,
  provider: address,
  provider_authority: orNull(address),
  offer: address,
  gpu_model: text,
  region: text,
  mint: address,
  price: u64,
  fee_bps: count,
  gpus: count,
  duration: count,
  state: word(...LEASE_STATES),
  end_reason: orNull(text),
  opened_at: i64,
  started_at: orNull(i64),
  ends_at: orNull(i64),
  closed_at: orNull(i64),
  accepted: u64,
  promised: orNull(u64),
  energy_wh: u64,
  deposited: orNull(u64),
  paid: orNull(u64),
  fees: orNull(u64),
  bond: orNull(u64),
  closing: orNull(shape<Closing>({ payout: u64, fees: u64, bond: u64, credit: u64, refund: u64 })),
  is_in_doubt: flag,
});

/** Tokens that entered or left an account of the program. */
export type Movement = {
  landed: Landed;
  number: number;
  purpose: string;
  mint: Address;
  amount: bigint;
  from: Address | null;
  from_owner: Address | null;
  to: Address | null;
  to_owner: Address | null;
};

const movement = shape<Movement>({
  landed,
  number: count,
  purpose: text,
  mint: address,
  amount: u64,
  from: orNull(address),
  from_owner: orNull(address),
  to: orNull(address),
  to_owner: orNull(address),
});

export type Receipt = {
  lease: PastLease;
  lines: Movement[];
  /** These are `null` while the lease is in doubt. */
  paid_in: bigint | null;
  paid_back: bigint | null;
  cost: bigint | null;
};

/** A wallet’s day in a mint. */
export type WalletDay = {
  day: bigint;
  mint: Address;
  paid_in: bigint;
  paid_back: bigint;
  earned: bigint;
  bonds_paid: bigint;
  bonds_returned: bigint;
};

export const walletDay = shape<WalletDay>({
  day: i64,
  mint: address,
  paid_in: u64,
  paid_back: u64,
  earned: u64,
  bonds_paid: u64,
  bonds_returned: u64,
});

export const receipt = shape<Receipt>({
  lease,
  lines: list(movement),
  paid_in: orNull(u64),
  paid_back: orNull(u64),
  cost: orNull(i64),
});

export type MintPrice = { mint: Address; price: bigint };

/** A model of GPUs that is, or was, listed. */
export type Model = {
  gpu_model: string;
  offers: bigint;
  gpus: bigint;
  gpus_free: bigint;
  providers: bigint;
  from: MintPrice[];
};

export const model = shape<Model>({
  gpu_model: text,
  offers: u64,
  gpus: u64,
  gpus_free: u64,
  providers: u64,
  from: list(shape<MintPrice>({ mint: address, price: u64 })),
});

/** A day of a model in a mint. */
export type PriceDay = {
  day: bigint;
  mint: Address;
  low: bigint | null;
  mean: bigint | null;
  high: bigint | null;
  leases: bigint;
  gpu_seconds: bigint;
  gpus: bigint;
  gpus_free: bigint;
};

export const priceDay = shape<PriceDay>({
  day: i64,
  mint: address,
  low: orNull(u64),
  mean: orNull(u64),
  high: orNull(u64),
  leases: u64,
  gpu_seconds: u64,
  gpus: u64,
  gpus_free: u64,
});

export type MintDay = {
  mint: Address;
  paid_in: bigint;
  paid_out: bigint;
  fees: bigint;
  credits: bigint;
  refunds: bigint;
};

/** A day of the market. */
export type MarketDay = {
  day: bigint;
  opened: bigint;
  closed: bigint;
  disputes: bigint;
  gpu_seconds: bigint;
  mints: MintDay[];
};

export const marketDay = shape<MarketDay>({
  day: i64,
  opened: u64,
  closed: u64,
  disputes: u64,
  gpu_seconds: u64,
  mints: list(
    shape<MintDay>({ mint: address, paid_in: u64, paid_out: u64, fees: u64, credits: u64, refunds: u64 }),
  ),
});

/** How a provider kept its word, in leases that weigh and beside them. */
export type Weighed = {
  units_promised: bigint;
  units_delivered: bigint;
  leases: number;
  abandoned: number;
  disputes_lost: number;
  leases_without_weight: number;
};

export const weighed = shape<Weighed>({
  units_promised: u64,
  units_delivered: u64,
  leases: count,
  abandoned: count,
  disputes_lost: count,
  leases_without_weight: count,
});

export type ProviderDay = { day: bigint; reliability: Weighed };

export const providerDay = shape<ProviderDay>({ day: i64, reliability: weighed });

export type PastProvider = {
  address: Address;
  authority: Address;
  registered_at: bigint | null;
  reliability: Weighed;
};

export const pastProvider = shape<PastProvider>({
  address,
  authority: address,
  registered_at: orNull(i64),
  reliability: weighed,
});

/** What somebody voted. */
export type PastVote = {
  landed: Landed;
  seat: Address;
  owner: Address | null;
  by: Address | null;
  house: 'tokens' | 'participants';
  is_for: boolean;
  weight: bigint;
  by_delegate: boolean;
  changes: number;
};

export const pastVote = shape<PastVote>({
  landed,
  seat: address,
  owner: orNull(address),
  by: orNull(address),
  house: word('tokens', 'participants'),
  is_for: flag,
  weight: u64,
  by_delegate: flag,
  changes: count,
});

/** A fee, from when on it was asked for. */
export type FeeChange = {
  landed: Landed;
  from_bps: number | null;
  to_bps: number;
  proposal: string | null;
};

export const feeChange = shape<FeeChange>({
  landed,
  from_bps: orNull(count),
  to_bps: count,
  proposal: orNull(text),
});
