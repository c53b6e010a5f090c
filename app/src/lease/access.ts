// A lease's credentials, and the key that opens them. It is kept nowhere: the renter's wallet makes it again.

import { bytesEqual, type Address, type Instruction, type ReadonlyUint8Array } from '@solana/kit';
import type { Stored } from '../chain/accounts';
import { isCall } from '../chain/calls';
import type { HistoryEntry } from '../chain/history';
import { sha256 } from '../chain/sha256';
import {
  GPU_LEASE_PROGRAM_ADDRESS,
  PUBLISH_ACCESS_DISCRIMINATOR,
  START_LEASE_DISCRIMINATOR,
  parsePublishAccessInstruction,
  parseStartLeaseInstruction,
  type Lease,
} from '../generated';
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

/** Credentials as they were published. */
export type Published = {
  /** Encrypted to the renter. */
  blob: ReadonlyUint8Array;
  /** The key of the provider's that published them. */
  by: Address;
  /** When, unix seconds. */
  time: bigint;
  /** Whether others were published before. */
  isReplacement: boolean;
};

/** What an instruction publishes, if it does so for this lease. */
function publishing(call: Instruction, lease: Address): Omit<Published, 'time'> | undefined {
  const isReplacement = isCall(call, PUBLISH_ACCESS_DISCRIMINATOR);
  const parsed = isReplacement ? parsePublishAccessInstruction(call) : isCall(call, START_LEASE_DISCRIMINATOR) ? parseStartLeaseInstruction(call) : undefined;
  if (parsed?.accounts.lease.address !== lease) return undefined;
  return { blob: parsed.data.accessBlob, by: parsed.accounts.authority.address, isReplacement };
}

/**
 * The newest credentials of a lease: those whose hash it remembers. `history` is of confirmed transactions that went
 * through; a start that was refused has published some too, and they count for nothing.
 */
export async function newestAccess(
  history: readonly Pick<HistoryEntry, 'instructions' | 'time'>[],
  { address, accessBlobHash }: Pick<Stored<Lease>, 'address' | 'accessBlobHash'>,
): Promise<Published | undefined> {
  for (const { instructions, time } of history.toReversed())
    for (const call of instructions.toReversed()) {
      const published = publishing(call, address);
      if (published && bytesEqual(await sha256(published.blob), accessBlobHash)) return { ...published, time };
    }
  return undefined;
}
