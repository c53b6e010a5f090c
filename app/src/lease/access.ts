// A lease's credentials, and the key that opens them. It is kept nowhere: the renter's wallet makes it again.

import { bytesEqual, type Address, type ReadonlyUint8Array } from '@solana/kit';
import { isCall, names } from '../chain/calls';
import type { HistoryEntry } from '../chain/history';
import { sha256 } from '../chain/sha256';
import { GPU_LEASE_PROGRAM_ADDRESS, START_LEASE_DISCRIMINATOR, getStartLeaseInstructionDataDecoder } from '../generated';
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

/** The encrypted credentials of a lease, as its start published them; `hash` is what the lease remembers of them. */
export async function publishedBlob(
  history: readonly Pick<HistoryEntry, 'instructions'>[],
  lease: Address,
  hash: ReadonlyUint8Array,
): Promise<Uint8Array | undefined> {
  for (const instruction of history.flatMap(({ instructions }) => instructions)) {
    if (!isCall(instruction, START_LEASE_DISCRIMINATOR) || !names(instruction, lease)) continue;
    const { accessBlob } = getStartLeaseInstructionDataDecoder().decode(instruction.data);
    if (bytesEqual(await sha256(accessBlob), hash)) return accessBlob as Uint8Array;
  }
  return undefined;
}
