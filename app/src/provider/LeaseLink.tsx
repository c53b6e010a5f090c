import { Link } from 'react-router';
import type { Keyed, Kinds } from 'gpu-lease';
import { shortAddress } from '../ui/format';

/** A lease's address, which leads to it. */
export const LeaseLink = ({ lease }: { lease: Pick<Keyed<Kinds['lease']>, 'address'> }) => (
  <Link to={`/leases/${lease.address}`} title={lease.address}>
    <code>{shortAddress(lease.address)}</code>
  </Link>
);

/** The row of a lease that is on chain in a state that no rule foresees. */
export const NotShown = ({
  lease,
  columns,
}: {
  lease: Pick<Keyed<Kinds['lease']>, 'address'>;
  columns: number;
}) => (
  <tr>
    <th scope="row">
      <LeaseLink lease={lease} />
    </th>
    <td colSpan={columns - 1}>This lease cannot be shown.</td>
  </tr>
);
