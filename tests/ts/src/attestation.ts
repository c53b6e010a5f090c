/** The attestation message, and the Ed25519 instruction that carries it with its signatures. */

import type { Address } from "@solana/kit";
import { addressBytes, concat, littleEndian, utf8 } from "./bytes.js";

export interface Attestation {
  readonly domain: Uint8Array;
  readonly lease: Address;
  readonly openedSlot: bigint;
  readonly windowEnd: bigint;
  readonly gpuSeconds: bigint;
  readonly energyWh: bigint;
  readonly evidence: Uint8Array;
}

/** The bytes to sign. */
export function encode(attestation: Attestation): Uint8Array {
  const VERSION = 1;
  return concat(
    utf8("GPULEASE"),
    littleEndian(VERSION, 1),
    attestation.domain,
    addressBytes(attestation.lease),
    littleEndian(attestation.openedSlot, 8),
    littleEndian(attestation.windowEnd, 8),
    littleEndian(attestation.gpuSeconds, 8),
    littleEndian(attestation.energyWh, 8),
    attestation.evidence,
  );
}

export interface Signature {
  readonly publicKey: Address;
  readonly signature: Uint8Array;
}

/**
 * Data of the precompile instruction: a count and a zero, seven 16-bit numbers for each signature, each
 * public key with its signature, the message.
 */
export function precompile(message: Uint8Array, signatures: readonly Signature[]): Uint8Array {
  const THIS_INSTRUCTION = 0xffff;
  const KEY = 32;
  const ENTRY = KEY + 64;
  const first = 2 + 14 * signatures.length;
  const messageOffset = first + ENTRY * signatures.length;
  const offsets = signatures.flatMap((_, index) => {
    const key = first + ENTRY * index;
    return [
      ...[key + KEY, THIS_INSTRUCTION],
      ...[key, THIS_INSTRUCTION],
      ...[messageOffset, message.length, THIS_INSTRUCTION],
    ];
  });
  return concat(
    littleEndian(signatures.length, 1),
    littleEndian(0, 1),
    ...offsets.map((offset) => littleEndian(offset, 2)),
    ...signatures.flatMap(({ publicKey, signature }) => [addressBytes(publicKey), signature]),
    message,
  );
}
