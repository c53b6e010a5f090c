import { useMemo, useState } from 'react';
import { useTokens, type Token } from '../chain/accounts';
import { part } from '../indexer/answer';
import { Indexed } from '../indexer/Indexed';
import { priceDay, type PriceDay } from '../indexer/shapes';
import { SpanFields } from '../indexer/SpanFields';
import { useIndexed } from '../indexer/useIndexed';
import { daysUntil, useToday } from '../indexer/useToday';
import { Callout, Empty, Section } from '../ui/Blocks';
import { Chart } from '../ui/Chart';
import { CsvDownload } from '../ui/CsvDownload';
import { formatUtcDay } from '../ui/days';
import { formatAmount, formatNumber } from '../ui/format';
import { pricesCsv } from './figures';

const readsDays = part(priceDay);

const WITHOUT = 'How prices moved is told by an indexer, and there is none here that can be asked.';

/** What a model cost, and how many of its GPUs were free. */
export function Prices({ model }: { model: string }) {
  const [days, setDays] = useState(30);
  const today = useToday();
  const told = useIndexed(`models/${encodeURIComponent(model)}/prices`, readsDays, {
    query: daysUntil(today, days),
  });
  const tokens = useTokens();
  const byMint = useMemo(() => {
    const items = told.reading.data?.items ?? [];
    return [...tokens.values()].flatMap((token) => {
      const own = items
        .filter(({ mint }) => mint === token.mint)
        .sort((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0));
      return own.length > 0 ? [{ token, days: own }] : [];
    });
  }, [told.reading.data, tokens]);
  return (
    <Section title={`Prices of ${model.trim() || 'GPUs'}`}>
      <SpanFields days={days} onDays={setDays} />
      <Indexed of={told} what="the prices" without={WITHOUT}>
        {() =>
          byMint.length === 0 ? (
            <Empty title="Nothing known">In this time it was neither listed nor rented.</Empty>
          ) : (
            <>
              {byMint.map(({ token, days }) => (
                <InOneCurrency key={token.mint} token={token} days={days} />
              ))}
              <CsvDownload name="prices" make={(options) => pricesCsv(model, byMint, options)} />
            </>
          )
        }
      </Indexed>
    </Section>
  );
}

function InOneCurrency({ token, days }: { token: Token; days: PriceDay[] }) {
  const rented = useMemo(() => {
    const own = days.filter(({ mean }) => mean !== null);
    const series = [
      line('Highest', 'ink', own, (it) => it.high, true),
      line('Mean', 'out', own, (it) => it.mean),
      line('Lowest', 'ink', own, (it) => it.low, true),
    ];
    return { x: own.map(({ day }) => Number(day)), series };
  }, [days]);
  const x = useMemo(() => days.map(({ day }) => Number(day)), [days]);
  const free = useMemo(
    () => [
      { ...line('Listed', 'ink', days, (it) => it.gpus), kind: 'steps' as const },
      { ...line('Free', 'in', days, (it) => it.gpus_free), kind: 'steps' as const },
    ],
    [days],
  );
  const price = useMemo(
    () => (value: number) => formatAmount(BigInt(Math.round(value)), token.decimals, { places: 4 }),
    [token],
  );
  return (
    <>
      {rented.x.length > 0 ? (
        <Chart
          {...rented}
          format={price}
          formatX={formatUtcDay}
          caption={`Price per GPU-hour of leases that were opened, in ${token.symbol}; the mean is weighed with GPU-hours. On days without a point none was opened.`}
        />
      ) : (
        <Callout>No lease was opened in {token.symbol} in this time.</Callout>
      )}
      <Chart
        x={x}
        series={free}
        isCount
        format={count}
        formatX={formatUtcDay}
        caption={`GPUs in open offers in ${token.symbol}, and how many of them were free, at the end of each day.`}
      />
    </>
  );
}

const count = (value: number) => formatNumber(Math.round(value));

const line = (
  label: string,
  tone: 'in' | 'out' | 'ink',
  days: readonly PriceDay[],
  of: (day: PriceDay) => bigint | null,
  dashed = false,
) => ({
  label,
  tone,
  dashed,
  values: days.map((day) => {
    const value = of(day);
    return value === null ? null : Number(value);
  }),
});
