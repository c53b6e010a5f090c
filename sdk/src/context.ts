import type { Address } from '@solana/kit';
import { getAccount } from './account';
import { mintPolicyAddress } from './addresses';
import type { LeaseContext } from './instruction';
import type { Node } from './node';

/** A lease with its provider and its token; `null` where there is no lease. */
export async function getLeaseContext(node: Node, address: Address): Promise<LeaseContext | null> {
  const lease = await getAccount(node, 'lease', address);
  if (!lease) return null;
  const [provider, token] = await Promise.all([
    getAccount(node, 'provider', lease.provider),
    mintPolicyAddress(lease.terms.mint).then((policy) => getAccount(node, 'mintPolicy', policy)),
  ]);
  if (!provider || !token)
    throw new Error(
      `The node does not show the provider or the mint of the lease ${address}. Ask another node.`,
    );
  return { lease, provider, token };
}
