import type { Address } from '@solana/kit';
import { useMemo, useState } from 'react';
import { useTokens } from '../../chain/accounts';
import { part } from '../../indexer/answer';
import { Indexed } from '../../indexer/Indexed';
import type { Period } from '../../indexer/periods';
import { walletDay, type WalletDay } from '../../indexer/shapes';
import { SpanFields } from '../../indexer/SpanFields';
import { useIndexed } from '../../indexer/useIndexed';
import { daysUntil, useToday } from '../../indexer/useToday';
import { ConnectButton } from '../../shell/WalletMenu';
import { Empty, PageTitle, Section, Stat, Stats } from '../../ui/Blocks';
import { Chart } from '../../ui/Chart';
import { CsvDownload } from '../../ui/CsvDownload';
import { formatUtcDay } from '../../ui/days';
import { formatAmount, type Currency } from '../../ui/format';
import { Amount } from '../../ui/Values';
import { useWallets } from '../../wallet/Wallets';
import { spending, spendingCsv, type Spent } from './spending';

const WITHOUT =
  'What you spent and earned over time is added up from leases that are over, too, and there is no indexer here that remembers them; each open lease shows what it was paid.';

/** What the reader spent on leases and earned with them, over time. */
export function Spending() {
  const { account } = useWallets();
  return (
    <>
      <PageTitle title="Spending and earnings">
        What you paid for leases, what came back, and what you were paid, by days of UTC.
      </PageTitle>
      {account ? (
        <OfWallet key={account.address} account={account.address} />
      ) : (
        <Empty title="Connect a wallet" action={<ConnectButton />}>
          Payments are found by your address. Connecting signs nothing.
        </Empty>
      )}
    </>
  );
}

const readsDays = part(walletDay);

function OfWallet({ account }: { account: Address }) {
  const [days, setDays] = useState(30);
  const [period, setPeriod] = useState<Period>('day');
  const today = useToday();
  const span = daysUntil(today, days);
  const told = useIndexed(`wallets/${account}/days`, readsDays, { query: span });
  return (
    <Section title="Over time">
      <SpanFields days={days} onDays={setDays} period={period} onPeriod={setPeriod} />
      <Indexed of={told} what="what you spent and earned" without={WITHOUT}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="Nothing yet">In this time this wallet neither paid nor was paid for a lease.</Empty>
          ) : (
            <Spendings items={items} period={period} from={span.from} until={today} />
          )
        }
      </Indexed>
    </Section>
  );
}

function Spendings({
  items,
  period,
  from,
  until,
}: {
  items: WalletDay[];
  period: Period;
  from: bigint;
  until: bigint;
}) {
  const tokens = useTokens();
  const all = useMemo(
    () =>
      spending(items, period, from, until).flatMap(({ mint, ...rest }) => {
        const currency = tokens.get(mint);
        return currency ? [{ mint, currency, ...rest }] : [];
      }),
    [items, period, from, until, tokens],
  );
  return (
    <>
      {all.map(({ mint, currency, periods, all }) => (
        <InOneCurrency key={mint} currency={currency} periods={periods} all={all} period={period} />
      ))}
      <CsvDownload name={`spending-by-${period}`} make={(options) => spendingCsv(all, options)} />
    </>
  );
}

function InOneCurrency({
  currency,
  periods,
  all,
  period,
}: {
  currency: Currency;
  periods: Spent[];
  all: Spent;
  period: Period;
}) {
  const drawn = useMemo(
    () => ({
      x: periods.map(({ start }) => Number(start)),
      series: [
        {
          label: 'Paid in',
          tone: 'out' as const,
          kind: 'bars' as const,
          values: periods.map(({ paidIn }) => Number(paidIn)),
        },
        {
          label: 'Came back',
          tone: 'ink' as const,
          values: periods.map(({ paidBack }) => Number(paidBack)),
        },
        { label: 'Earned', tone: 'in' as const, values: periods.map(({ earned }) => Number(earned)) },
      ],
      format: (value: number) => formatAmount(BigInt(Math.round(value)), currency.decimals, { places: 2 }),
      formatX: formatUtcDay,
    }),
    [periods, currency],
  );
  return (
    <>
      <Stats>
        <Stat label={`Paid in, ${currency.symbol}`} tone="out" note="deposits, top-ups and stakes">
          <Amount value={all.paidIn} token={currency} />
        </Stat>
        <Stat label="Came back" note="refunds, and credits for missing GPU time">
          <Amount value={all.paidBack} token={currency} />
        </Stat>
        <Stat label="Earned" tone="in" note="after fees, not counting bonds">
          <Amount value={all.earned} token={currency} />
        </Stat>
        <Stat label="Bonds" note="put up, less those that came back">
          <Amount value={all.bonds} token={currency} />
        </Stat>
      </Stats>
      <Chart
        {...drawn}
        caption={`What was paid in, came back and was earned in ${currency.symbol}, by ${period}.`}
      />
    </>
  );
}
