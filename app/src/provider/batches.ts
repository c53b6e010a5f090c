// Many instructions in as few transactions as hold them.

import {
  appendTransactionMessageInstructions,
  createTransactionMessage,
  isTransactionMessageWithinSizeLimit,
  pipe,
  setTransactionMessageFeePayer,
  type Address,
  type Instruction,
} from '@solana/kit';
import { getSetComputeUnitLimitInstruction, getSetComputeUnitPriceInstruction } from '@solana-program/compute-budget';

/** What every transaction offers for its execution. */
const BUDGET = [getSetComputeUnitLimitInstruction({ units: 0 }), getSetComputeUnitPriceInstruction({ microLamports: 0n })];

const fits = (payer: Address, instructions: Instruction[]) =>
  isTransactionMessageWithinSizeLimit(
    pipe(
      createTransactionMessage({ version: 'legacy' }),
      (message) => setTransactionMessageFeePayer(payer, message),
      (message) => appendTransactionMessageInstructions([...BUDGET, ...instructions], message),
    ),
  );

/** The items in their order, as many in each batch as fit a transaction that begins with the instruction `first`. */
export function inBatches<T extends { instruction: Instruction }>(payer: Address, first: Instruction, items: T[]): T[][] {
  const batches: T[][] = [];
  for (const item of items) {
    const batch = batches.at(-1);
    const longer = [...(batch ?? []), item].map(({ instruction }) => instruction);
    if (batch && fits(payer, [first, ...longer])) batch.push(item);
    else batches.push([item]);
  }
  return batches;
}
