/** The message that reports usage of many leases, and the text in which it goes from hand to hand. */

import type { Address } from "@solana/kit";
import { addressBytes, compare, concat, littleEndian, sha256, utf8 } from "./bytes.js";

export interface Row {
  readonly lease: Address;
  readonly openedSlot: bigint;
  readonly gpuSeconds: bigint;
  readonly energyWh: bigint;
}

export interface Batch {
  readonly domain: Uint8Array;
  readonly windowEnd: bigint;
  readonly evidence: Uint8Array;
  readonly rows: readonly Row[];
}

/** Rows in the order of their leases' addresses, as bytes compare. */
export function inOrder(rows: readonly Row[]): Row[] {
  return [...rows].sort((a, b) => compare(addressBytes(a.lease), addressBytes(b.lease)));
}

/** The bytes to sign. */
export async function encodeBatch({ domain, windowEnd, evidence, rows }: Batch): Promise<Uint8Array> {
  const VERSION = 2;
  return concat(
    utf8("GPULEASE"),
    littleEndian(VERSION, 1),
    domain,
    littleEndian(windowEnd, 8),
    evidence,
    littleEndian(rows.length, 1),
    await sha256(...rows.map(({ lease }) => addressBytes(lease))),
    ...rows.flatMap(({ openedSlot, gpuSeconds, energyWh }) => [openedSlot, gpuSeconds, energyWh].map((value) => littleEndian(value, 8))),
  );
}

/** What goes from hand to hand: the leases, of whose addresses the message has but a hash, and the precompile instruction. */
export function batchText(rows: readonly Row[], precompile: Uint8Array): string {
  const addresses = rows.map(({ lease }) => addressBytes(lease));
  return Buffer.from(concat(littleEndian(rows.length, 4), ...addresses, precompile)).toString("base64");
}
