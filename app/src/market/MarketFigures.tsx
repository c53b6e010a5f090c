import { useMemo, useState } from 'react';
import { UNNAMED, useTokens } from '../chain/accounts';
import { part } from '../indexer/answer';
import { Indexed } from '../indexer/Indexed';
import { sumOf, type Period } from '../indexer/periods';
import { marketDay, type MarketDay } from '../indexer/shapes';
import { SpanFields } from '../indexer/SpanFields';
import { useIndexed } from '../indexer/useIndexed';
import { daysUntil, useToday } from '../indexer/useToday';
import { Empty, Section, Stat, Stats } from '../ui/Blocks';
import { Chart } from '../ui/Chart';
import { CsvDownload } from '../ui/CsvDownload';
import { formatUtcDay } from '../ui/days';
import { formatAmount, formatNumber } from '../ui/format';
import { Amount, GpuHours } from '../ui/Values';
import { marketCsv, marketPeriods, moneyPeriods } from './figures';

const readsDays = part(marketDay);

const WITHOUT =
  'What the market did is added up from leases that are over, too, and there is no indexer here that remembers them.';

/** What happened on the whole market. */
export function MarketFigures() {
  const [days, setDays] = useState(30);
  const [period, setPeriod] = useState<Period>('day');
  const today = useToday();
  const span = daysUntil(today, days);
  const told = useIndexed('market/days', readsDays, { query: span });
  return (
    <Section title="The market">
      <SpanFields days={days} onDays={setDays} period={period} onPeriod={setPeriod} />
      <Indexed of={told} what="the market’s figures" without={WITHOUT}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="Nothing happened">In this time no lease was opened or closed.</Empty>
          ) : (
            <Drawn days={items} period={period} from={span.from} until={today} />
          )
        }
      </Indexed>
    </Section>
  );
}

function Drawn({
  days,
  period,
  from,
  until,
}: {
  days: MarketDay[];
  period: Period;
  from: bigint;
  until: bigint;
}) {
  const tokens = useTokens();
  const periods = useMemo(() => marketPeriods(days, period, from, until), [days, period, from, until]);
  // Of currencies that anybody can make up, only those with a name are drawn.
  const money = useMemo(
    () =>
      moneyPeriods(days, period, from, until).flatMap(({ mint, periods }) => {
        const token = tokens.get(mint);
        return token && token.rank !== UNNAMED ? [{ token, periods }] : [];
      }),
    [days, period, from, until, tokens],
  );
  const leases = useMemo(
    () => ({
      x: periods.map(({ start }) => Number(start)),
      series: [
        {
          label: 'Opened',
          tone: 'out' as const,
          kind: 'bars' as const,
          values: periods.map(({ opened }) => Number(opened)),
        },
        { label: 'Closed', tone: 'ink' as const, values: periods.map(({ closed }) => Number(closed)) },
        { label: 'Disputed', tone: 'risk' as const, values: periods.map(({ disputes }) => Number(disputes)) },
      ],
    }),
    [periods],
  );
  const sum = (of: (it: (typeof periods)[number]) => bigint) => sumOf(periods, of);
  return (
    <>
      <Stats>
        <Stat label="Leases opened">{formatNumber(sum((it) => it.opened))}</Stat>
        <Stat label="Leases closed">{formatNumber(sum((it) => it.closed))}</Stat>
        <Stat label="Disputes">{formatNumber(sum((it) => it.disputes))}</Stat>
        <Stat label="Delivered" note="in the leases that were closed">
          <GpuHours units={sum((it) => it.units)} />
        </Stat>
        {money.map(({ token, periods }) => (
          <Stat key={token.mint} label={`Paid to providers, ${token.symbol}`} tone="in">
            <Amount value={sumOf(periods, (it) => it.paid_out)} token={token} />
          </Stat>
        ))}
      </Stats>
      <Chart
        {...leases}
        isCount
        format={count}
        formatX={formatUtcDay}
        caption={`Leases that were opened, closed and disputed, by ${period}.`}
      />
      {money.map(({ token, periods }) => (
        <Money key={token.mint} token={token} periods={periods} period={period} />
      ))}
      <CsvDownload name={`market-by-${period}`} make={(options) => marketCsv(periods, money, options)} />
    </>
  );
}

const count = (value: number) => formatNumber(Math.round(value));
function Money({
  token,
  periods,
  period,
}: {
  token: { decimals: number; symbol: string };
  periods: ReturnType<typeof moneyPeriods>[number]['periods'];
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
          values: periods.map((it) => Number(it.paid_in)),
        },
        { label: 'To providers', tone: 'in' as const, values: periods.map((it) => Number(it.paid_out)) },
        {
          label: 'Given back',
          tone: 'ink' as const,
          values: periods.map((it) => Number(it.refunds + it.credits)),
        },
        { label: 'Fees', tone: 'risk' as const, dashed: true, values: periods.map((it) => Number(it.fees)) },
      ],
      format: (value: number) => formatAmount(BigInt(Math.round(value)), token.decimals, { places: 2 }),
    }),
    [periods, token],
  );
  return (
    <Chart {...drawn} formatX={formatUtcDay} caption={`Money that moved in ${token.symbol}, by ${period}.`} />
  );
}
