// The key that opens a lease's credentials. It is kept nowhere: the renter's wallet makes it again.

import type { Address } from '@solana/kit';
import { sha256 } from '../chain/sha256';
import { GPU_LEASE_PROGRAM_ADDRESS } from '../generated';
import type { Wallets } from '../wallet/Wallets';

/** What the wallet signs. It must never change: the signature is the key of leases that are open. */
export const accessText = (nonce: bigint) =>
  `gpu-lease: open the access credentials of my lease.

Signing this costs nothing and moves nothing. Whoever has the signature can read the credentials; sign it only on a page that you trust.

Program: ${GPU_LEASE_PROGRAM_ADDRESS}
Lease number: ${nonce}`;

/** The X25519 secret of the lease that a renter numbers so; asks the wallet for a signature. */
export async function accessSecret(wallets: Pick<Wallets, 'signMessage'>, renter: Address, nonce: bigint): Promise<Uint8Array> {
  const signature = await wallets.signMessage(renter, new TextEncoder().encode(accessText(nonce)));
  return sha256(signature);
}
