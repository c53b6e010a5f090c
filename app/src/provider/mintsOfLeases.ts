import type { Address, Instruction } from '@solana/kit';
import {
  CLOSE_LEASE_DISCRIMINATOR,
  isCall,
  parseCloseLeaseInstruction,
  type Keyed,
  type Kinds,
} from 'gpu-lease';

type Policy = Pick<Keyed<Kinds['mintPolicy']>, 'address' | 'mint'>;
type Lease = Pick<Keyed<Kinds['lease']>, 'address' | 'terms'>;

/** In which mint a provider's leases pay it: open ones say so, closed ones are known by the mint's policy in their close. */
export function mintsOfLeases(
  history: readonly { instructions: readonly Instruction[] }[],
  provider: Address,
  open: readonly Lease[],
  policies: readonly Policy[],
): Map<string, Address> {
  const closed = history
    .flatMap(({ instructions }) => instructions)
    .flatMap((call) => {
      if (!isCall(call, CLOSE_LEASE_DISCRIMINATOR)) return [];
      const { accounts } = parseCloseLeaseInstruction(call);
      const mint = policies.find(({ address }) => address === accounts.mintPolicy.address)?.mint;
      return mint && accounts.provider.address === provider ? [[accounts.lease.address, mint] as const] : [];
    });
  return new Map([...closed, ...open.map(({ address, terms }) => [address, terms.mint] as const)]);
}
