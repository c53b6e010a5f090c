// What a wallet spent and earned, day by day, put together.

import type { Address } from '@solana/kit';
import type { WalletDay } from '../../indexer/shapes';
import { inPeriods, sumOf, type Period } from '../../indexer/periods';
import { amountCell, numberCell, table } from '../../ui/csv';
import type { CsvOptions } from '../../ui/CsvDownload';
import { writeUtcDay } from '../../ui/days';
import type { Currency } from '../../ui/format';

export type Spent = {
  start: bigint;
  /** Paid in for leases, less what came back. Where more came back than was paid in, it is negative. */
  spent: bigint;
  paidIn: bigint;
  paidBack: bigint;
  earned: bigint;
  /** Bonds that were put up, less those that came back. */
  bonds: bigint;
};

const spentIn = (start: bigint, days: readonly WalletDay[]): Spent => {
  const [paidIn, paidBack] = [sumOf(days, (it) => it.paid_in), sumOf(days, (it) => it.paid_back)];
  return {
    start,
    spent: paidIn - paidBack,
    paidIn,
    paidBack,
    earned: sumOf(days, (it) => it.earned),
    bonds: sumOf(days, (it) => it.bonds_paid - it.bonds_returned),
  };
};

/** What was spent and earned in each period, of each currency in which anything was. */
export function spending(
  days: readonly WalletDay[],
  period: Period,
  from: bigint,
  until: bigint,
): { mint: Address; periods: Spent[]; all: Spent }[] {
  return [...new Set(days.map(({ mint }) => mint))].map((mint) => {
    const own = days.filter((day) => day.mint === mint && day.day >= from && day.day <= until);
    return {
      mint,
      periods: inPeriods(own, period, from, until).map(({ start, items }) => spentIn(start, items)),
      all: spentIn(from, own),
    };
  });
}

/** The same as a table: a row for each period and currency. Days are those of UTC, whatever the zone. */
export function spendingCsv(
  all: { currency: Currency; mint: Address; periods: Spent[] }[],
  { decimals }: CsvOptions,
): string {
  const head = ['from (UTC)', 'paid in', 'paid back', 'spent', 'earned', 'bonds put up, net'];
  return table(
    [
      [...head, 'currency', 'decimals', 'mint'],
      ...all.flatMap(({ currency, mint, periods }) =>
        periods.map(({ start, paidIn, paidBack, spent, earned, bonds }) => [
          writeUtcDay(start),
          ...[paidIn, paidBack, spent, earned, bonds].map((value) => amountCell(value, currency.decimals)),
          currency.symbol,
          numberCell(currency.decimals),
          mint,
        ]),
      ),
    ],
    decimals,
  );
}
