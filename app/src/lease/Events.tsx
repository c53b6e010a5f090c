import type { Address } from '@solana/kit';
import { useMemo } from 'react';
import { useTokens, type Token } from '../chain/accounts';
import type { AccountHistory } from '../chain/useHistory';
import { HistoryFoot } from '../shell/HistoryFoot';
import { Empty, Section, Skeleton } from '../ui/Blocks';
import { Button } from '../ui/Button';
import { download } from '../ui/download';
import { List } from '../ui/List';
import { Read } from '../onchain/Read';
import { mapped } from '../ui/reading';
import { AddressText } from '../onchain/AddressText';
import { Time } from '../ui/Values';
import { csv } from './csv';
import { eventFigures, leaseEvents } from './events';

/** What happened to a lease, and what is shown of it as a file. Of a lease that is gone, `token` is what its opening tells. */
export function Events({ address, past, token }: { address: string; past: AccountHistory; token?: Token }) {
  const { entries, isWhole, gaps } = past.history.data ?? {};
  const events = useMemo(() => entries && leaseEvents(entries, address), [entries, address]);
  const opened = events?.find(({ name }) => name === 'LeaseOpened');
  const tokens = useTokens();
  const paidIn = token ?? tokens.get(opened?.fields.mint as Address);
  const rows = events?.map((event, i) => ({ ...event, key: `${event.signature} ${i}` })).reverse();
  return (
    <Section
      title="What happened"
      aside={
        <Button
          small
          disabled={!rows?.length}
          onClick={() => download(`lease-${address}.csv`, csv(events ?? []), 'text/csv')}
        >
          {isWhole && gaps?.length === 0 ? 'Download as CSV' : 'Download what is shown as CSV'}
        </Button>
      }
    >
      <Read of={mapped(past.history, () => rows ?? [])} what="what happened" waiting={<Skeleton lines={4} />}>
        {(rows) =>
          rows.length === 0 ? (
            gaps?.length === 0 && <Empty title="No history">This node keeps no history of this lease.</Empty>
          ) : (
            <List label="Events of the lease" columns={['What', 'When', 'Figures', 'Transaction']}>
              {rows.map(({ key, time, name, fields, signature }) => (
                <tr key={key}>
                  <th scope="row">{inWords(name)}</th>
                  <td data-name="When">
                    <Time at={time} />
                  </td>
                  <td data-name="Figures">{eventFigures({ name, fields }, paidIn)}</td>
                  <td data-name="Transaction">
                    <AddressText address={signature} what="signature" />
                  </td>
                </tr>
              ))}
            </List>
          )
        }
      </Read>
      <HistoryFoot of={past} />
    </Section>
  );
}

/** `LeaseToppedUp` as `Lease topped up`. */
const inWords = (name: string) => name.replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
