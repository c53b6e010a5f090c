import type { Address } from '@solana/kit';
import { Link } from 'react-router';
import { useTokens } from '../../chain/accounts';
import { Indexed, MoreOf } from '../../indexer/Indexed';
import { lease as readsLease, type PastLease } from '../../indexer/shapes';
import { useIndexedList } from '../../indexer/useIndexed';
import { Badge, Empty, Section } from '../../ui/Blocks';
import { buttonClass } from '../../ui/Button';
import { CsvDownload } from '../../ui/CsvDownload';
import { List } from '../../ui/List';
import { Amount, GpuHours, Time } from '../../ui/Values';
import { leasesCsv } from './receiptCsv';

/** Which of a wallet’s leases are over. */
const OVER = 'closed,cancelled';

export const WITHOUT =
  'Leases that are over are not listed here: their accounts are gone, and this page has no indexer that remembers them. The page of each still shows what the node keeps of it, at its old link.';

export const receiptLink = ({ address, opened_slot }: Pick<PastLease, 'address' | 'opened_slot'>) =>
  `/leases/${address}/receipt/${opened_slot}`;

/** What a wallet is in a lease; nothing where it has no part in it, whatever an indexer says. */
export function partIn(lease: PastLease, wallet: Address): 'renter' | 'payer' | 'provider' | undefined {
  if (lease.renter === wallet) return 'renter';
  if (lease.payer === wallet) return 'payer';
  return lease.provider_authority === wallet || lease.provider === wallet ? 'provider' : undefined;
}

/** Leases of the reader that are over, each with its receipt. */
export function PastLeases({ account }: { account: Address }) {
  const past = useIndexedList('leases', readsLease, { query: { party: account, state: OVER } });
  const tokens = useTokens();
  return (
    <Section
      title="Past leases"
      aside={
        <Link className={buttonClass('secondary', true)} to="/spending">
          Spending and earnings
        </Link>
      }
    >
      <Indexed of={past} what="your past leases" without={WITHOUT}>
        {(all) => {
          const leases = all.filter((lease) => partIn(lease, account) !== undefined);
          return leases.length === 0 ? (
            <Empty title="None yet">Once a lease is closed, it is listed here with its receipt.</Empty>
          ) : (
            <>
              <List
                label="Past leases"
                columns={['Lease', 'You were', 'Opened', 'Ended', 'Delivered', 'Paid', 'Refund', '']}
              >
                {leases.map((lease) => (
                  <Row key={`${lease.address} ${lease.opened_slot}`} lease={lease} account={account} />
                ))}
              </List>
              <MoreOf of={past} />
              <CsvDownload
                name="leases"
                make={(options) => leasesCsv(leases, (mint) => tokens.get(mint), options)}
              />
            </>
          );
        }}
      </Indexed>
    </Section>
  );
}

function Row({ lease, account }: { lease: PastLease; account: Address }) {
  const tokens = useTokens();
  const token = tokens.get(lease.mint);
  const amount = (value: bigint | null | undefined) =>
    value === null || value === undefined ? (
      '–'
    ) : token ? (
      <Amount value={value} token={token} />
    ) : (
      `${value} base units`
    );
  const refund = lease.closing && lease.closing.refund + lease.closing.credit;
  return (
    <tr>
      <th scope="row">
        {lease.gpus} × <bdi>{lease.gpu_model.trim() || 'GPU'}</bdi>{' '}
        {lease.state === 'cancelled' && <Badge>cancelled</Badge>}
        {lease.is_in_doubt && <Badge tone="risk">in doubt</Badge>}
      </th>
      <td data-name="You were">{partIn(lease, account)}</td>
      <td data-name="Opened">
        <Time at={lease.opened_at} />
      </td>
      <td data-name="Ended">{lease.closed_at === null ? '–' : <Time at={lease.closed_at} />}</td>
      <td data-name="Delivered">
        <GpuHours units={lease.accepted} />
      </td>
      <td data-name="Paid">{amount(lease.paid)}</td>
      <td data-name="Refund">{amount(refund)}</td>
      <td>
        <Link
          className={buttonClass('secondary', true)}
          to={receiptLink(lease)}
          aria-label={`Receipt for ${lease.gpus} × ${lease.gpu_model}, slot ${lease.opened_slot}`}
        >
          Receipt
        </Link>
      </td>
    </tr>
  );
}
