/** Bytes, written and read by hand: nothing here knows any type of the program. */

import {
  getAddressDecoder,
  getAddressEncoder,
  getProgramDerivedAddress,
  type Address,
  type ProgramDerivedAddress,
} from '@solana/kit';

export function fromHex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'hex'));
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function addressBytes(address: Address): Uint8Array {
  return Uint8Array.from(getAddressEncoder().encode(address));
}

/** An unsigned or signed little-endian number of `size` bytes. */
export function littleEndian(value: bigint | number, size: number): Uint8Array {
  let rest = BigInt.asUintN(size * 8, BigInt(value));
  const bytes = new Uint8Array(size);
  for (let index = 0; index < size; index += 1) {
    bytes[index] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}

export async function sha256(...parts: readonly Uint8Array[]): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', concat(...parts)));
}

/** The account in which the upgradeable loader keeps a program. */
export function programData(program: Address): Promise<ProgramDerivedAddress> {
  const loader = 'BPFLoaderUpgradeab1e11111111111111111111111' as Address;
  return getProgramDerivedAddress({ programAddress: loader, seeds: [addressBytes(program)] });
}

/** What a field may hold. A number is the count of raw bytes. */
export type Type = 'address' | 'i64' | 'u8' | 'u16' | 'u32' | 'u64' | number;

export function sizeOf(type: Type): number {
  if (typeof type === 'number') return type;
  return { address: 32, i64: 8, u8: 1, u16: 2, u32: 4, u64: 8 }[type];
}

/** A field's value as text: addresses base58, numbers decimal, raw bytes hex. */
export function read(bytes: Uint8Array, offset: number, type: Type): string {
  const slice = bytes.slice(offset, offset + sizeOf(type));
  if (slice.length !== sizeOf(type)) throw new RangeError(`nothing at ${offset}`);
  if (type === 'address') return getAddressDecoder().decode(slice);
  if (typeof type === 'number') return toHex(slice);
  const unsigned = slice.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  return (type === 'i64' ? BigInt.asIntN(64, unsigned) : unsigned).toString();
}
