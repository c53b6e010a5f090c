import type { ReadonlyUint8Array } from '@solana/kit';

/** SHA-256, as FIPS 180-4 has it. */
export const sha256 = async (bytes: ReadonlyUint8Array) =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>));
