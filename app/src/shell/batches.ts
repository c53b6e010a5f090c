// Many instructions in as few transactions as hold them.

import type { Address, Instruction } from '@solana/kit';
import { fits } from 'gpu-lease';

/** The items in their order, as many in each batch as fit a transaction that begins with the instruction `first`. */
export function inBatches<T extends { instruction: Instruction }>(
  payer: Address,
  first: Instruction,
  items: T[],
): T[][] {
  const batches: T[][] = [];
  for (const item of items) {
    const batch = batches.at(-1);
    const longer = [...(batch ?? []), item].map(({ instruction }) => instruction);
    if (batch && fits(payer, [first, ...longer])) batch.push(item);
    else batches.push([item]);
  }
  return batches;
}
