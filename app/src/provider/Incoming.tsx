import { useState } from 'react';
import { can } from 'gpu-lease/rules';
import { useOutlook } from '../outlook/useOutlook';
import { Badge, Empty, Section, Skeleton } from '../ui/Blocks';
import { Button } from '../ui/Button';
import { Guard } from '../ui/Guard';
import { List } from '../ui/List';
import { Read } from '../onchain/Read';
import type { Reading } from '../ui/reading';
import { AddressText } from '../onchain/AddressText';
import { Amount, Duration } from '../ui/Values';
import { Relative } from '../onchain/Relative';
import { LeaseLink, NotShown } from './LeaseLink';
import type { ProviderLease } from './leases';
import type { Acting } from '../wallet/acting';
import { StartLease } from './StartLease';

type Props = { leases: Reading<ProviderLease[]>; acting: Acting; hasOffers: boolean };

/** Leases that wait for the provider to start them. */
export function Incoming({ leases, acting, hasOffers }: Props) {
  const [starting, setStarting] = useState<ProviderLease>();
  const incoming = (leases.data ?? []).filter(({ lease }) => lease.startedAt === 0n);
  return (
    <Section
      title="Waiting for you to start"
      aside={incoming.length > 0 && <Badge tone="in">{incoming.length}</Badge>}
    >
      <Read of={leases} what="your leases" waiting={<Skeleton lines={3} />}>
        {() =>
          incoming.length === 0 ? (
            <Empty title="Nobody is waiting">
              {hasOffers
                ? 'A new lease shows up here by itself, with the time by which to start it.'
                : 'List GPUs below; then renters can find them.'}
            </Empty>
          ) : (
            <List
              label="Leases to start"
              columns={['Lease', 'Renter', 'GPUs', 'Length', 'Deposit', 'Deadline', '']}
            >
              {incoming.map((item) => (
                <Guard
                  key={item.lease.address}
                  about={item.lease}
                  fallback={<NotShown lease={item.lease} columns={7} />}
                >
                  <Row item={item} onStart={() => setStarting(item)} />
                </Guard>
              ))}
            </List>
          )
        }
      </Read>
      {starting && <StartLease item={starting} acting={acting} onClose={() => setStarting(undefined)} />}
    </Section>
  );
}

function Row({ item: { lease, token, model }, onStart }: { item: ProviderLease; onStart: () => void }) {
  const outlook = useOutlook(lease);
  return (
    <tr>
      <th scope="row">
        <LeaseLink lease={lease} />
      </th>
      <td data-name="Renter">
        <AddressText address={lease.renter} />
      </td>
      <td data-name="GPUs">
        {lease.gpus} × <bdi>{model}</bdi>
      </td>
      <td data-name="Length">
        <Duration seconds={lease.duration} />
      </td>
      <td data-name="Deposit">
        <Amount value={lease.ledger.deposited} token={token} />
      </td>
      <td data-name="Deadline">
        <Relative at={lease.startDeadline} />
      </td>
      <td>
        {can(outlook, 'start') ? (
          <Button small onClick={onStart}>
            Start
          </Button>
        ) : (
          <Badge tone="risk">too late</Badge>
        )}
      </td>
    </tr>
  );
}
