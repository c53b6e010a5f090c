// A lease's credentials, and the key that opens them, as the renter's wallet makes it again and again. Where a wallet does
// not, see `accessKeys.ts`.

import { bytesEqual, type Address } from '@solana/kit';
import { GPU_LEASE_PROGRAM_ADDRESS, sha256 } from 'gpu-lease';
import { keep, keptList } from '../ui/kept';
import type { Wallets } from '../wallet/Wallets';

/** What the wallet signs. It must never change: the signature is the key of leases that are open. */
export const accessText = (nonce: bigint) =>
  `gpu-lease: open the access credentials of my lease.

Signing this costs nothing and moves nothing. Whoever has the signature can read the credentials; sign it only on a page that you trust.

Program: ${GPU_LEASE_PROGRAM_ADDRESS}
Lease number: ${nonce}`;

/** The X25519 secret of the lease that a renter numbers so; asks the wallet for a signature. */
export async function accessSecret(
  wallets: Pick<Wallets, 'signMessage'>,
  renter: Address,
  nonce: bigint,
): Promise<Uint8Array> {
  const signature = await wallets.signMessage(renter, new TextEncoder().encode(accessText(nonce)));
  return sha256(signature);
}

/** The accounts, each with its wallet, that signed a text alike when they were asked twice. */
const STEADY = 'steady-wallets';

/**
 * The same secret, or `undefined` if the wallet would not make it again: wallets that share a key among several machines sign
 * differently each time. An account is asked twice before its first lease, and once from then on.
 */
export async function steadySecret(
  wallets: Pick<Wallets, 'signMessage' | 'connected'>,
  renter: Address,
  nonce: bigint,
): Promise<Uint8Array | undefined> {
  const known = `${renter} ${wallets.connected?.name}`;
  const secret = await accessSecret(wallets, renter, nonce);
  if (keptList(STEADY).includes(known)) return secret;
  if (!bytesEqual(secret, await accessSecret(wallets, renter, nonce))) return undefined;
  keep(STEADY, JSON.stringify([...keptList(STEADY), known]));
  return secret;
}
