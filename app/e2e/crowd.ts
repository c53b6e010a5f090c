// Leases as a large renter has them: made up from one that is on chain, each at an address of its own.

import { getBase58Decoder, getBase64Decoder, getBase64Encoder, type Address } from '@solana/kit';
import { getLeaseDecoder, getLeaseEncoder } from '../src/generated';
import type { Listed } from './proxy';

/** `count` leases like `lease`, opened one minute after the other. */
export function crowdOf(lease: Listed, count: number): Listed[] {
  const like = getLeaseDecoder().decode(getBase64Encoder().encode(lease.account.data[0]));
  return Array.from({ length: count }, (_, i) => {
    const address = new Uint8Array(32).fill(1);
    new DataView(address.buffer).setUint32(0, i);
    const bytes = getLeaseEncoder().encode({ ...like, openedAt: like.openedAt + BigInt(60 * i) });
    return { pubkey: getBase58Decoder().decode(address) as Address, account: { ...lease.account, data: [getBase64Decoder().decode(bytes), 'base64'] } };
  });
}
