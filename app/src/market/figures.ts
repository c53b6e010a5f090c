// Figures of the market, put together from days.

import type { Address } from '@solana/kit';
import type { Token } from '../chain/accounts';
import { inPeriods, sumOf, type Period } from '../indexer/periods';
import type { MarketDay, MintDay, PriceDay } from '../indexer/shapes';
import { amountCell, numberCell, table, type Cell } from '../ui/csv';
import type { CsvOptions } from '../ui/CsvDownload';
import { writeUtcDay } from '../ui/days';

/** Prices as a table: a row for each day and currency. */
export function pricesCsv(
  model: string,
  all: { token: Token; days: PriceDay[] }[],
  { decimals }: CsvOptions,
): string {
  const head = [
    'day (UTC)',
    'model',
    'lowest',
    'mean',
    'highest',
    'leases opened',
    'GPU-seconds',
    'GPUs',
    'free',
  ];
  return table(
    [
      [...head, 'currency', 'decimals', 'mint'],
      ...all.flatMap(({ token, days }) =>
        days.map((it): Cell[] => [
          writeUtcDay(it.day),
          model,
          ...[it.low, it.mean, it.high].map((price) =>
            price === null ? null : amountCell(price, token.decimals),
          ),
          ...[it.leases, it.gpu_seconds, it.gpus, it.gpus_free].map(numberCell),
          token.symbol,
          numberCell(token.decimals),
          token.mint,
        ]),
      ),
    ],
    decimals,
  );
}

export type MarketPeriod = {
  start: bigint;
  opened: bigint;
  closed: bigint;
  disputes: bigint;
  units: bigint;
};

/** What happened in each period. */
export const marketPeriods = (
  days: readonly MarketDay[],
  period: Period,
  from: bigint,
  until: bigint,
): MarketPeriod[] =>
  inPeriods(days, period, from, until).map(({ start, items }) => ({
    start,
    opened: sumOf(items, (it) => it.opened),
    closed: sumOf(items, (it) => it.closed),
    disputes: sumOf(items, (it) => it.disputes),
    units: sumOf(items, (it) => it.gpu_seconds),
  }));

/** Money that moved in each period, of each mint. */
export function moneyPeriods(
  days: readonly MarketDay[],
  period: Period,
  from: bigint,
  until: bigint,
): { mint: Address; periods: (Omit<MintDay, 'mint'> & { start: bigint })[] }[] {
  const all = days.flatMap(({ day, mints }) => mints.map((mint) => ({ day, ...mint })));
  return [...new Set(all.map(({ mint }) => mint))].map((mint) => ({
    mint,
    periods: inPeriods(
      all.filter((day) => day.mint === mint),
      period,
      from,
      until,
    ).map(({ start, items }) => ({
      start,
      paid_in: sumOf(items, (it) => it.paid_in),
      paid_out: sumOf(items, (it) => it.paid_out),
      fees: sumOf(items, (it) => it.fees),
      credits: sumOf(items, (it) => it.credits),
      refunds: sumOf(items, (it) => it.refunds),
    })),
  }));
}

/** The market as a table: a row for each period, with the money of each currency beside it. */
export function marketCsv(
  periods: readonly MarketPeriod[],
  money: readonly { token: Token; periods: (Omit<MintDay, 'mint'> & { start: bigint })[] }[],
  { decimals }: CsvOptions,
): string {
  const of = money.flatMap(({ token }) =>
    ['paid in', 'paid out', 'fees', 'credits', 'refunds'].map((name) => `${name}, ${token.symbol}`),
  );
  return table(
    [
      ['from (UTC)', 'leases opened', 'leases closed', 'disputes', 'GPU-seconds', ...of],
      ...periods.map(({ start, opened, closed, disputes, units }, i): Cell[] => [
        writeUtcDay(start),
        ...[opened, closed, disputes, units].map(numberCell),
        ...money.flatMap(({ token, periods }) => {
          const it = periods[i]!;
          return [it.paid_in, it.paid_out, it.fees, it.credits, it.refunds].map((value) =>
            amountCell(value, token.decimals),
          );
        }),
      ]),
    ],
    decimals,
  );
}
