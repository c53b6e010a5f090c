// What attestations and leases are bound to: this program on this cluster.

import { bytesEqual, getAddressEncoder, getBase58Encoder, type ReadonlyUint8Array } from '@solana/kit';
import { GPU_LEASE_PROGRAM_ADDRESS } from './generated';
import { sha256 } from './sha256';

/** The program's domain on the cluster with this genesis hash, as `Protocol` stores it. */
export function domainOf(genesisHash: string): Promise<Uint8Array> {
  const parts = [
    getAddressEncoder().encode(GPU_LEASE_PROGRAM_ADDRESS),
    getBase58Encoder().encode(genesisHash),
  ];
  return sha256(Uint8Array.from(parts.flatMap((part) => [...part])));
}

type Bound = { domain: ReadonlyUint8Array };

/** Throws if a lease is not of the program's cluster: attestations are bound to the domain that the lease shows. */
export function requireDomain(lease: Bound, protocol: Bound) {
  if (!bytesEqual(lease.domain, protocol.domain))
    throw new Error('This lease is of another cluster; do not sign for it.');
}
