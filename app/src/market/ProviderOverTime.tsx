import type { Address } from '@solana/kit';
import { useMemo, useState } from 'react';
import { useParams } from 'react-router';
import { useAccount } from '../chain/accounts';
import { part } from '../indexer/answer';
import { Indexed } from '../indexer/Indexed';
import { inPeriods, sumOf, type Period } from '../indexer/periods';
import { pastProvider, providerDay, type ProviderDay, type Weighed } from '../indexer/shapes';
import { SpanFields } from '../indexer/SpanFields';
import { useIndexed } from '../indexer/useIndexed';
import { daysUntil, useToday } from '../indexer/useToday';
import { ProviderRecord } from '../listing/ProviderRecord';
import { AddressText } from '../onchain/AddressText';
import { Read } from '../onchain/Read';
import { Callout, Empty, Fact, Facts, PageTitle, Section, Skeleton, Stat, Stats } from '../ui/Blocks';
import { Chart } from '../ui/Chart';
import { formatUtcDay } from '../ui/days';
import { formatCount, formatShare, shareOf, shortAddress } from '../ui/format';
import { readingOf } from '../ui/reading';
import { GpuHours, Time } from '../ui/Values';

const WITHOUT =
  'How a provider kept its word over time, and which of its leases were its own or free of fees, is told by an indexer, and there is none here that can be asked; the account above has the sums of all its leases.';

const readsDays = part(providerDay);

/** How a provider kept its word, in all and over time. */
export function ProviderOverTime() {
  const address = (useParams().provider ?? '') as Address;
  const isAddress = /^[1-9A-HJ-NP-Za-km-z]{32,44}$/.test(address);
  const provider = useAccount('provider', isAddress ? address : undefined);
  const missing = (
    <Empty level={1} title="There is no such provider">
      The link is not complete, or for another cluster.
    </Empty>
  );
  if (!isAddress) return missing;
  return (
    <Read of={readingOf(provider)} what="this provider" waiting={<Skeleton height="30rem" />}>
      {(provider) =>
        provider ? (
          <>
            <PageTitle title="Provider" name={`Provider ${shortAddress(address)}`}>
              How it kept its word, in all and over time.
            </PageTitle>
            <Section title="By its account">
              <ProviderRecord provider={provider} />
              <Facts>
                <Fact label="Provider">
                  <AddressText address={provider.address} />
                </Fact>
                <Fact label="Wallet that is paid">
                  <AddressText address={provider.authority} />
                </Fact>
              </Facts>
            </Section>
            <WhatWeighs address={address} completed={Number(provider.record.leasesCompleted)} />
          </>
        ) : (
          missing
        )
      }
    </Read>
  );
}

/** What weighs of that, and what anybody could have made up. */
function WhatWeighs({ address, completed }: { address: Address; completed: number }) {
  const told = useIndexed(`providers/${address}`, pastProvider);
  const known = told.reading.data;
  // The account on chain counts closed leases as well.
  const isRight =
    known?.address === address &&
    known.reliability.leases + known.reliability.leases_without_weight <= completed;
  return (
    <>
      <Section title="What weighs">
        <Indexed of={told} what="what weighs" without={WITHOUT}>
          {({ reliability, registered_at }) =>
            isRight ? (
              <>
                <Weights of={reliability} />
                {registered_at !== null && (
                  <p>
                    Registered <Time at={registered_at} />.
                  </p>
                )}
              </>
            ) : (
              <Callout tone="risk">
                What the indexer says of this provider is not what its account says, so it is not shown.
              </Callout>
            )
          }
        </Indexed>
      </Section>
      {isRight && <DayByDay address={address} />}
    </>
  );
}

function DayByDay({ address }: { address: Address }) {
  const [days, setDays] = useState(90);
  const [period, setPeriod] = useState<Period>('week');
  const today = useToday();
  const span = daysUntil(today, days);
  const told = useIndexed(`providers/${address}/days`, readsDays, { query: span });
  return (
    <Section title="Over time">
      <SpanFields days={days} onDays={setDays} period={period} onPeriod={setPeriod} />
      <Indexed of={told} what="its leases over time" without={WITHOUT}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No lease was closed">In this time none of its leases was closed.</Empty>
          ) : (
            <OverTime items={items} period={period} from={span.from} until={today} />
          )
        }
      </Indexed>
    </Section>
  );
}

function Weights({ of }: { of: Weighed }) {
  return (
    <>
      <p>
        Anybody can rent from himself as often as he likes, and for nothing where no fee is paid. So only
        leases of others that paid a fee weigh here.
      </p>
      <Stats>
        <Stat
          label="Delivered of what was promised"
          note={
            <>
              <GpuHours units={of.units_delivered} /> of <GpuHours units={of.units_promised} />
            </>
          }
        >
          {of.units_promised > 0n
            ? formatShare(Math.min(1, shareOf(of.units_delivered, of.units_promised)))
            : 'new'}
        </Stat>
        <Stat label="Leases that weigh" note="of others, with a fee">
          {of.leases}
        </Stat>
        <Stat
          label="Without weight"
          note="its own, and those without a fee"
          {...(of.leases_without_weight > of.leases ? { tone: 'risk' as const } : {})}
        >
          {of.leases_without_weight}
        </Stat>
        <Stat label="Abandoned" {...(of.abandoned > 0 ? { tone: 'risk' as const } : {})}>
          {of.abandoned}
        </Stat>
        <Stat label="Disputes lost" {...(of.disputes_lost > 0 ? { tone: 'risk' as const } : {})}>
          {of.disputes_lost}
        </Stat>
      </Stats>
    </>
  );
}

const percent = (value: number) => formatShare(value);
const count = (value: number) => formatCount(Math.round(value), 'lease');
function OverTime({
  items,
  period,
  from,
  until,
}: {
  items: ProviderDay[];
  period: Period;
  from: bigint;
  until: bigint;
}) {
  const drawn = useMemo(() => {
    const periods = inPeriods(items, period, from, until).map(({ start, items }) => {
      const sum = (of: (it: Weighed) => bigint | number) =>
        sumOf(items, ({ reliability }) => BigInt(of(reliability)));
      const promised = sum((it) => it.units_promised);
      return {
        start,
        delivered:
          promised > 0n
            ? Math.min(
                1,
                shareOf(
                  sum((it) => it.units_delivered),
                  promised,
                ),
              )
            : null,
        leases: Number(sum((it) => it.leases)),
        without: Number(sum((it) => it.leases_without_weight)),
      };
    });
    return {
      x: periods.map(({ start }) => Number(start)),
      delivered: [{ label: 'Delivered', tone: 'in' as const, values: periods.map((it) => it.delivered) }],
      leases: [
        {
          label: 'That weigh',
          tone: 'out' as const,
          kind: 'bars' as const,
          values: periods.map((it) => it.leases),
        },
        { label: 'Without weight', tone: 'risk' as const, values: periods.map((it) => it.without) },
      ],
    };
  }, [items, period, from, until]);
  return (
    <>
      <Chart
        x={drawn.x}
        series={drawn.delivered}
        format={percent}
        formatX={formatUtcDay}
        caption={`Share of the promised GPU time that was delivered, in leases that weigh and were closed, by ${period}.`}
      />
      <Chart
        x={drawn.x}
        series={drawn.leases}
        isCount
        format={count}
        formatX={formatUtcDay}
        caption={`Leases that were closed, by ${period}: those that weigh, and those that do not.`}
      />
    </>
  );
}
