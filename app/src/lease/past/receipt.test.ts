import type { Address, Signature } from '@solana/kit';
import { numbered } from 'gpu-lease/testing';
import { expect, it } from 'vitest';
import type { Movement, Receipt } from '../../indexer/shapes';
import { changeOf } from './ledgerCheck';
import { costOf, faultsOf, throughWallet, totalsOf } from './receipt';
import { receiptCsv } from './receiptCsv';

const [VAULT, LEASE, RENTER, PROVIDER, FEES, MINT] = [1, 2, 3, 4, 5, 6].map(numbered) as [
  Address,
  Address,
  Address,
  Address,
  Address,
  Address,
];
const currency = { decimals: 6, symbol: 'tUSD' };
const at = BigInt(Date.UTC(2026, 10, 30, 12) / 1_000);

let placed = 0;
const moved = (purpose: string, amount: bigint, by: Address, isIn: boolean): Movement => ({
  landed: {
    signature: `${placed}`.repeat(88).slice(0, 88) as Signature,
    slot: 7n,
    time: at,
    commitment: 'finalized',
  },
  number: ++placed,
  purpose,
  mint: MINT,
  amount,
  ...(isIn
    ? { from: numbered(9), from_owner: by, to: VAULT, to_owner: LEASE }
    : { from: VAULT, from_owner: LEASE, to: numbered(9), to_owner: by }),
});

const LINES = [
  moved('deposit', 10_000_000n, RENTER, true),
  moved('bond', 5_000_000n, PROVIDER, true),
  moved('top_up', 2_000_000n, RENTER, true),
  moved('payout', 9_800_000n, PROVIDER, false),
  moved('fee', 200_000n, FEES, false),
  moved('bond_return', 4_900_000n, PROVIDER, false),
  moved('credit', 100_000n, RENTER, false),
  moved('refund', 2_000_000n, RENTER, false),
];

const RECEIPT = {
  lease: {
    address: LEASE,
    opened_slot: 7n,
    renter: RENTER,
    payer: RENTER,
    provider: numbered(8),
    provider_authority: PROVIDER,
    offer: numbered(9),
    gpu_model: '=H100',
    region: 'eu-north',
    mint: MINT,
    price: 2_490_000n,
    fee_bps: 200,
    gpus: 2,
    duration: 7_200,
    state: 'closed',
    end_reason: null,
    opened_at: at,
    started_at: at,
    ends_at: at,
    closed_at: at,
    accepted: 14_400n,
    promised: 14_400n,
    energy_wh: 0n,
    deposited: 12_000_000n,
    paid: 9_800_000n,
    fees: 200_000n,
    bond: 0n,
    closing: { payout: 0n, fees: 200_000n, bond: 4_900_000n, credit: 100_000n, refund: 2_000_000n },
    is_in_doubt: false,
  },
  lines: LINES,
  paid_in: 12_000_000n,
  paid_back: 2_100_000n,
  cost: 9_900_000n,
} satisfies Receipt;

it('sums are of single payments, and come out even', () => {
  const totals = totalsOf(LINES, VAULT);
  expect(totals.left).toBe(0n);
  expect(costOf(totals)).toEqual({ paidIn: 12_000_000n, paidBack: 2_100_000n, cost: 9_900_000n });
  // What the lease cost is what provider and protocol got, less what the bond made up for.
  expect(totals.payouts + totals.fees - (totals.bonds - totals.bondReturned)).toBe(9_900_000n);
  expect(faultsOf(RECEIPT, VAULT)).toEqual([]);
});

it('any amount that was altered is found, whichever it is', () => {
  for (const [i, line] of LINES.entries())
    for (const by of [-1n, 1n, 1_000_000n]) {
      const lines = LINES.with(i, { ...line, amount: line.amount + by });
      expect(faultsOf({ ...RECEIPT, lines }, VAULT), `${line.purpose} ${by}`).not.toEqual([]);
    }
});

it('a payment that is missing, doubled, of another lease or in another currency is found', () => {
  const wrong: Partial<Receipt>[] = [
    ...LINES.map((_, i) => ({ lines: LINES.toSpliced(i, 1) })),
    { lines: [...LINES, LINES[0]!] },
    { lines: LINES.with(0, { ...LINES[0]!, mint: numbered(9) }) },
    { lines: LINES.with(0, { ...LINES[0]!, to: numbered(9) }) },
    { lease: { ...RECEIPT.lease, is_in_doubt: true } },
    { lease: { ...RECEIPT.lease, deposited: 1n } },
    { lease: { ...RECEIPT.lease, closing: { ...RECEIPT.lease.closing, refund: 1n } } },
    { cost: 1n },
  ];
  for (const parts of wrong) expect(faultsOf({ ...RECEIPT, ...parts }, VAULT)).not.toEqual([]);
});

it('a lease that runs may hold money, but not have paid out more than came in', () => {
  const lease = {
    ...RECEIPT.lease,
    state: 'active' as const,
    closing: null,
    deposited: 10_000_000n,
    paid: 0n,
  };
  const told = { lease, paid_in: null, paid_back: null, cost: null };
  expect(faultsOf({ ...told, lines: LINES.slice(0, 2) }, VAULT)).toEqual([]);
  const out = moved('fee', 20_000_000n, FEES, false);
  expect(faultsOf({ ...told, lines: [...LINES.slice(0, 2), out] }, VAULT)).toEqual([
    'More was paid out than was paid in.',
  ]);
});

it('changes of a wallet are its own payments alone', () => {
  const sum = (wallet: Address) => LINES.reduce((sum, line) => sum + throughWallet(line, wallet), 0n);
  expect([sum(RENTER), sum(PROVIDER), sum(FEES), sum(LEASE)]).toEqual([
    -9_900_000n,
    9_700_000n,
    200_000n,
    0n,
  ]);
});

it('as a table it has what an accountant books, and no formula of a stranger', () => {
  const [head, first, ...rest] = receiptCsv(RECEIPT.lease, LINES, currency, RENTER, {
    zone: 'Europe/Berlin',
    decimals: 'point',
  }).split('\r\n');
  expect(rest).toHaveLength(LINES.length - 1);
  const cells = Object.fromEntries(head!.split(',').map((name, i) => [name, first!.split(',')[i]]));
  expect(cells).toMatchObject({
    time: '2026-11-30 13:00:00',
    'time zone': 'Europe/Berlin',
    'UTC offset': 'UTC+01:00',
    transaction: LINES[0]!.landed.signature,
    'what for': 'Deposit',
    amount: '10.000000',
    'change of your wallet': '-10.000000',
    currency: 'tUSD',
    decimals: '6',
    renter: RENTER,
    provider: numbered(8),
    'GPU model': "'=H100",
    'GPU-seconds': '14400',
    'price per GPU-hour': '2.490000',
  });
});

it('the node’s word on a payment is what it did to the vault', () => {
  const balance = (accountIndex: number, amount: string) => ({
    accountIndex,
    mint: MINT,
    uiTokenAmount: { amount },
  });
  const landed = {
    blockTime: at,
    slot: 7n,
    transaction: { signatures: ['own'], message: { accountKeys: [RENTER, numbered(9)] } },
    meta: {
      err: null,
      loadedAddresses: { writable: [VAULT], readonly: [] },
      preTokenBalances: [balance(1, '90'), balance(2, '5')],
      postTokenBalances: [balance(1, '75'), balance(2, '20')],
    },
  };
  expect(changeOf(landed, 'own', VAULT)).toBe(15n);
  // The account is new, or gone.
  expect(changeOf({ ...landed, meta: { ...landed.meta, preTokenBalances: [] } }, 'own', VAULT)).toBe(20n);
  expect(changeOf({ ...landed, meta: { ...landed.meta, postTokenBalances: [] } }, 'own', VAULT)).toBe(-5n);
  expect(changeOf(landed, 'other', VAULT)).toBeUndefined();
  expect(changeOf({ ...landed, meta: { ...landed.meta, err: {} as never } }, 'own', VAULT)).toBeUndefined();
  expect(changeOf({ ...landed, meta: null }, 'own', VAULT)).toBeUndefined();
});
