// Very many accounts: made up from one that is on chain, each at an address of its own.

import {
  getBase58Decoder,
  getBase64Decoder,
  getBase64Encoder,
  type Address,
  type ReadonlyUint8Array,
} from '@solana/kit';
import { getLeaseDecoder, getLeaseEncoder, getOfferDecoder, getOfferEncoder } from 'gpu-lease';
import type { Listed } from './proxy';

function crowd<T>(
  account: Listed,
  count: number,
  read: (bytes: ReadonlyUint8Array) => T,
  write: (like: T, i: number) => ReadonlyUint8Array,
): Listed[] {
  const like = read(getBase64Encoder().encode(account.account.data[0]));
  return Array.from({ length: count }, (_, i) => {
    const address = new Uint8Array(32).fill(1);
    new DataView(address.buffer).setUint32(0, i);
    return {
      pubkey: getBase58Decoder().decode(address) as Address,
      account: { ...account.account, data: [getBase64Decoder().decode(write(like, i)), 'base64'] },
    };
  });
}

/** `count` leases like `lease`, opened one minute after the other. */
export const leasesLike = (lease: Listed, count: number) =>
  crowd(
    lease,
    count,
    (bytes) => getLeaseDecoder().decode(bytes),
    (like, i) => getLeaseEncoder().encode({ ...like, openedAt: like.openedAt + BigInt(60 * i) }),
  );

/** `count` offers like `offer`, of several prices, models and sizes. */
export const offersLike = (offer: Listed, count: number) =>
  crowd(
    offer,
    count,
    (bytes) => getOfferDecoder().decode(bytes),
    (like, i) => {
      const gpuModel = new Uint8Array(32);
      new TextEncoder().encodeInto(['H100 SXM', 'A100 PCIe', 'RTX 4090', 'L40S'][i % 4]!, gpuModel);
      const { terms, listing } = like;
      return getOfferEncoder().encode({
        ...like,
        terms: { ...terms, price: terms.price + BigInt((i * 7_919) % 10_007) },
        listing: { ...listing, gpuModel, memoryGib: 24 + (i % 5) * 28 },
      });
    },
  );
