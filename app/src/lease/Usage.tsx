import { useMemo } from 'react';
import { program } from 'gpu-lease/rules';
import { useAccount } from '../chain/accounts';
import type { AccountHistory } from '../chain/useHistory';
import { Bar, Empty, Section, Skeleton, Stat, Stats } from '../ui/Blocks';
import { Chart } from '../ui/Chart';
import { formatEnergy, formatShare, formatTime, shareOf } from '../ui/format';
import { Read } from '../onchain/Read';
import { mapped } from '../ui/reading';
import { GpuHours } from '../ui/Values';
import { reportsOf, windows } from './reports';
import type { LeaseNow } from './useLease';

const hours = (value: number) => `${value.toFixed(2)} GPU-h`;
const toHours = (units: bigint) => Number(units) / 3_600;

/** What was delivered, of what could have been. */
export function Usage({ context: { lease, outlook }, past }: { context: LeaseNow; past: AccountHistory }) {
  const offer = useAccount('offer', lease.offer);
  const { usage } = outlook;
  const { address, bytes, startedAt } = lease;
  const { entries, isWhole, gaps } = past.history.data ?? {};
  const parts = useMemo(
    () =>
      entries &&
      windows(reportsOf(entries, address), isWhole ? startedAt : undefined, (time) =>
        program().capacityAt(bytes, time),
      ),
    [entries, isWhole, address, bytes, startedAt],
  );
  const chart = useMemo(
    () =>
      parts && {
        // From the start on, where nothing can have been delivered yet, or from the first report that is known.
        x: [Number(parts[0]?.start ?? startedAt), ...parts.map(({ end }) => Number(end))],
        delivered: [null, ...parts.map(({ delivered }) => toHours(delivered))],
        possible: [null, ...parts.map(({ capacity }) => toHours(capacity))],
      },
    [parts, startedAt],
  );
  const share = shareOf(usage.claimed, usage.capacity);
  const carbon = offer.data?.listing.carbonIntensity ?? 0;
  const { energyWh } = lease.meter;
  return (
    <Section title="Usage">
      <Stats>
        <Stat label="Reported" note={`${formatShare(share)} of what was possible so far`}>
          <GpuHours units={usage.claimed} />
        </Stat>
        <Stat label="Accepted" tone="out" note="final, paid or due">
          <GpuHours units={usage.accepted} />
        </Stat>
        <Stat
          label="Promised so far"
          note={
            usage.excused > 0n ? 'what was not funded is left out' : 'missing units are credited at the end'
          }
        >
          <GpuHours units={usage.promised} />
        </Stat>
        <Stat
          label="Energy"
          note={
            carbon > 0
              ? `about ${(((Number(energyWh) / 1_000) * carbon) / 1_000).toFixed(2)} kg CO2e at ${carbon} g/kWh`
              : 'carbon intensity not declared'
          }
        >
          {formatEnergy(energyWh)}
        </Stat>
      </Stats>
      <Bar
        share={share}
        tone={share < 0.95 ? 'risk' : 'in'}
        label={`${formatShare(share)} of the possible usage was reported`}
      />
      <Read
        of={mapped(past.history, () => chart!)}
        what="what was reported"
        waiting={<Skeleton height="18rem" />}
      >
        {(chart) =>
          chart.x.length === 1 ? (
            isWhole &&
            gaps?.length === 0 && (
              <Empty title="Nothing reported yet">
                The provider reports what it delivered; each report appears here.
              </Empty>
            )
          ) : (
            <Chart
              caption={`GPU-hours in each report${isWhole ? '' : ` since ${formatTime(BigInt(chart.x[0]!))}`} against what the GPUs could have delivered in that time. Where the bar stays below the line, they were down.${gaps?.length ? ' What could not be read is left out.' : ''}`}
              x={chart.x}
              series={[
                { label: 'Delivered', tone: 'in', kind: 'bars', values: chart.delivered },
                { label: 'Possible', tone: 'ink', dashed: true, values: chart.possible },
              ]}
              format={hours}
            />
          )
        }
      </Read>
    </Section>
  );
}
