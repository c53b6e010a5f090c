import { useMemo, useState } from 'react';
import { closeLease } from 'gpu-lease';
import { can } from 'gpu-lease/rules';
import { namesAround } from '../onchain/names';
import { PHASE_TONES } from '../outlook/phase';
import { useOutlook } from '../outlook/useOutlook';
import { useReview } from '../shell/useReview';
import { Actions, Badge, Empty, Section, Skeleton, Stat, Stats } from '../ui/Blocks';
import { Button } from '../ui/Button';
import { Guard } from '../ui/Guard';
import { List } from '../ui/List';
import { formatCount } from '../ui/format';
import { Failed, Read } from '../onchain/Read';
import type { Reading } from '../ui/reading';
import { AddressText } from '../onchain/AddressText';
import { Amount, GpuHours } from '../ui/Values';
import { Relative } from '../onchain/Relative';
import { ReportUsage } from './ReportUsage';
import { LeaseLink, NotShown } from './LeaseLink';
import type { ProviderLease } from './leases';
import type { Acting } from '../wallet/acting';
import { useCollect } from './useCollect';
import { useSums } from './useSums';

/** Leases that were started: what is due, what is reported, what is to be done. */
export function Running({ leases, acting }: { leases: Reading<ProviderLease[]>; acting: Acting }) {
  const collect = useCollect(acting.key);
  const [reporting, setReporting] = useState<string>();
  const started = useMemo(
    () => (leases.data ?? []).filter(({ lease }) => lease.startedAt > 0n),
    [leases.data],
  );
  const { sums = [], due = [] } = useSums(started) ?? {};
  const reported = started.find(({ lease }) => lease.address === reporting);

  if (started.length === 0)
    return (
      <Section title="Your leases">
        <Read of={leases} what="your leases" waiting={<Skeleton lines={5} />}>
          {() => (
            <Empty title="No lease is running">
              Once you start one, what it earns and what is due appear here.
            </Empty>
          )}
        </Read>
      </Section>
    );
  return (
    <Section title="Your leases" aside={<span>{formatCount(started.length, 'lease')}</span>}>
      {leases.isFailed && <Failed of={leases} what="your leases" />}
      {sums.map(({ token, due, inChallenge, bond }) => (
        <Stats key={token.mint}>
          <Stat label="Due now" tone="in" note="after the fee">
            <Amount value={due} token={token} />
          </Stat>
          <Stat label="Not final yet" note="reported, can still be disputed">
            <Amount value={inChallenge} token={token} />
          </Stat>
          <Stat label="Your bonds" tone="risk" note="come back at the end">
            <Amount value={bond} token={token} />
          </Stat>
        </Stats>
      ))}
      <Actions>
        <Button
          look="primary"
          disabled={due.length === 0 || collect.isRunning}
          onClick={() => void collect.start(due)}
        >
          Collect everything
        </Button>
        {collect.progress ??
          (due.length === 0 && (
            <small>
              Nothing is due now. Money becomes due as soon as a renter co-signs or a challenge window ends.
            </small>
          ))}
      </Actions>
      <List
        label="Your leases"
        columns={['Lease', 'Phase', 'GPUs', 'Renter', 'Reported', 'Last report', 'Due', 'Bond', '']}
      >
        {started.map((item) => (
          <Guard
            key={item.lease.address}
            about={item.lease}
            fallback={<NotShown lease={item.lease} columns={9} />}
          >
            <Row item={item} acting={acting} onReport={() => setReporting(item.lease.address)} />
          </Guard>
        ))}
      </List>
      {reported && <ReportNow item={reported} acting={acting} onClose={() => setReporting(undefined)} />}
    </Section>
  );
}

type ReportNowProps = { item: ProviderLease; acting: Acting; onClose: () => void };

const ReportNow = ({ item, ...props }: ReportNowProps) => (
  <ReportUsage item={{ ...item, outlook: useOutlook(item.lease) }} {...props} />
);

function Row({ item, acting, onReport }: { item: ProviderLease; acting: Acting; onReport: () => void }) {
  const review = useReview();
  const { lease, token, model } = item;
  const outlook = useOutlook(lease);
  const close = async () =>
    void review({
      title: 'Close the lease',
      payer: acting.key,
      names: namesAround(item),
      instructions: await closeLease(item, acting.key),
    });
  return (
    <tr>
      <th scope="row">
        <LeaseLink lease={lease} />
      </th>
      <td data-name="Phase" title={outlook.words}>
        <Badge tone={PHASE_TONES[outlook.phase]}>{outlook.phase}</Badge>
      </td>
      <td data-name="GPUs">
        {outlook.gpusInUse} × <bdi>{model}</bdi>
      </td>
      <td data-name="Renter">
        <AddressText address={lease.renter} copy={false} />
      </td>
      <td data-name="Reported">
        <GpuHours units={outlook.usage.claimed} />
      </td>
      <td data-name="Last report">
        <Relative at={lease.meter.windowEnd} />
        {outlook.expirableFrom !== null && outlook.phase !== 'ending' && (
          <>
            <br />
            <small>
              next <Relative at={outlook.expirableFrom} /> at the latest
            </small>
          </>
        )}
      </td>
      <td data-name="Due">
        <Amount
          value={outlook.money.duePayout}
          token={token}
          tone={outlook.money.duePayout > 0n ? 'in' : undefined}
        />
      </td>
      <td data-name="Bond">
        <Amount value={outlook.money.bond} token={token} />
      </td>
      <td>
        <Actions>
          {can(outlook, 'attest') && (
            <Button small onClick={onReport}>
              Report usage
            </Button>
          )}
          {outlook.phase === 'closable' && (
            <Button small onClick={() => void close()}>
              Close
            </Button>
          )}
        </Actions>
      </td>
    </tr>
  );
}
