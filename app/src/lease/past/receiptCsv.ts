// Receipts as tables: what an accountant books from.

import type { Address } from '@solana/kit';
import type { Movement, PastLease } from '../../indexer/shapes';
import { amountCell, numberCell, table, type Cell, type Decimals } from '../../ui/csv';
import type { Currency } from '../../ui/format';
import { timeIn } from '../../ui/zone';
import { purposeWords, throughWallet } from './receipt';

import type { CsvOptions } from '../../ui/CsvDownload';

type Column<T> = [name: string, cell: (row: T) => Cell];

const write = <T>(columns: Column<T>[], rows: readonly T[], decimals: Decimals): string =>
  table(
    [columns.map(([name]) => name), ...rows.map((row) => columns.map(([, cell]) => cell(row)))],
    decimals,
  );

const time = (at: bigint | null, zone: string): Cell => (at === null ? null : timeIn(at, zone).time);

const money = (value: bigint | null, { decimals }: Currency): Cell =>
  value === null ? null : amountCell(value, decimals);

/** What a lease is, in columns that each of its payments repeats. */
const leaseColumns = (zone: string, currency: (lease: PastLease) => Currency): Column<PastLease>[] => [
  ['lease', ({ address }) => address],
  ['opened in slot', ({ opened_slot }) => numberCell(opened_slot)],
  ['renter', ({ renter }) => renter],
  ['paid by', ({ payer }) => payer],
  ['provider', ({ provider }) => provider],
  ['provider’s wallet', ({ provider_authority }) => provider_authority],
  ['GPU model', ({ gpu_model }) => gpu_model],
  ['region', ({ region }) => region],
  ['GPUs', ({ gpus }) => numberCell(gpus)],
  ['opened', ({ opened_at }) => time(opened_at, zone)],
  ['started', ({ started_at }) => time(started_at, zone)],
  ['ended', ({ ends_at }) => time(ends_at, zone)],
  ['closed', ({ closed_at }) => time(closed_at, zone)],
  ['state', ({ state }) => state],
  ['GPU-seconds', ({ accepted }) => numberCell(accepted)],
  ['price per GPU-hour', (lease) => money(lease.price, currency(lease))],
];

/** A receipt: a row for each payment. `wallet` is whose side `change` shows. */
export function receiptCsv(
  lease: PastLease,
  lines: readonly Movement[],
  currency: Currency,
  wallet: Address | undefined,
  { zone, decimals }: CsvOptions,
): string {
  const columns: Column<Movement>[] = [
    ['time', ({ landed }) => timeIn(landed.time, zone).time],
    ['time zone', () => zone],
    ['UTC offset', ({ landed }) => timeIn(landed.time, zone).offset],
    ['transaction', ({ landed }) => landed.signature],
    ['slot', ({ landed }) => numberCell(landed.slot)],
    ['what for', ({ purpose }) => purposeWords(purpose)],
    ['amount', ({ amount }) => money(amount, currency)],
    ['change of your wallet', (line) => (wallet ? money(throughWallet(line, wallet), currency) : null)],
    ['currency', () => currency.symbol],
    ['decimals', () => numberCell(currency.decimals)],
    ['mint', ({ mint }) => mint],
    ['from', ({ from_owner }) => from_owner],
    ['to', ({ to_owner }) => to_owner],
    ...leaseColumns(zone, () => currency).map(([name, cell]): Column<Movement> => [name, () => cell(lease)]),
  ];
  return write(columns, lines, decimals);
}

/** Leases: a row for each. */
export function leasesCsv(
  leases: readonly PastLease[],
  currencyOf: (mint: Address) => Currency | undefined,
  { zone, decimals }: CsvOptions,
): string {
  // In a currency that nobody registered, amounts are base units.
  const currency = ({ mint }: PastLease): Currency => currencyOf(mint) ?? { decimals: 0, symbol: mint };
  const columns: Column<PastLease>[] = [
    ...leaseColumns(zone, currency),
    ['time zone', () => zone],
    ['deposited', (lease) => money(lease.deposited, currency(lease))],
    ['paid to the provider', (lease) => money(lease.paid, currency(lease))],
    ['fees', (lease) => money(lease.fees, currency(lease))],
    ['refund', (lease) => money(lease.closing?.refund ?? null, currency(lease))],
    ['credit', (lease) => money(lease.closing?.credit ?? null, currency(lease))],
    ['currency', (lease) => currency(lease).symbol],
    ['decimals', (lease) => numberCell(currency(lease).decimals)],
    ['mint', ({ mint }) => mint],
  ];
  return write(columns, leases, decimals);
}
