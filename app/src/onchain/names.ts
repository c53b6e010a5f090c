import type { Address } from '@solana/kit';
import type { LeaseContext } from 'gpu-lease';

/** Words for those whose balances a lease's instructions change. */
export const namesAround = ({
  lease,
  provider,
}: Pick<LeaseContext, 'lease' | 'provider'>): Record<Address, string> => ({
  [lease.address]: 'Escrow of this lease',
  [lease.renter]: 'The renter',
  [provider.authority]: 'The provider',
  [provider.address]: 'Bond account of the provider',
});
