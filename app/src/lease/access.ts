// A lease's credentials, and the key that opens them. It is kept nowhere: the renter's wallet makes it again.

import type { Address, ReadonlyUint8Array } from '@solana/kit';
import type { HistoryEntry } from '../chain/history';
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
  for (const { programAddress, accounts, data } of history.flatMap(({ instructions }) => instructions)) {
    const isStart = programAddress === GPU_LEASE_PROGRAM_ADDRESS && data && begins(data, START_LEASE_DISCRIMINATOR);
    if (!isStart || !accounts?.some(({ address }) => address === lease)) continue;
    const { accessBlob } = getStartLeaseInstructionDataDecoder().decode(data);
    if (begins(await sha256(accessBlob), hash)) return accessBlob as Uint8Array;
  }
  return undefined;
}

const begins = (bytes: ReadonlyUint8Array, start: ReadonlyUint8Array) => start.every((byte, i) => bytes[i] === byte);

const sha256 = async (bytes: ReadonlyUint8Array) =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>));
