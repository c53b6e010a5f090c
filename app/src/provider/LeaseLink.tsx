import { Link } from 'react-router';
import type { Kinds, Stored } from '../chain/accounts';
import { shortAddress } from '../ui/format';

export const LeaseLink = ({ lease }: { lease: Pick<Stored<Kinds['lease']>, 'address'> }) => (
  <Link to={`/leases/${lease.address}`} title={lease.address}>
    <code>{shortAddress(lease.address)}</code>
  </Link>
);
