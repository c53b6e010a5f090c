// Whether instructions fit one transaction.

import {
  appendTransactionMessageInstructions,
  createTransactionMessage,
  isTransactionMessageWithinSizeLimit,
  pipe,
  setTransactionMessageFeePayer,
  type Address,
  type Instruction,
} from '@solana/kit';
import {
  getSetComputeUnitLimitInstruction,
  getSetComputeUnitPriceInstruction,
} from '@solana-program/compute-budget';

/** What every transaction offers for its execution. */
const BUDGET = [
  getSetComputeUnitLimitInstruction({ units: 0 }),
  getSetComputeUnitPriceInstruction({ microLamports: 0n }),
];

/** Whether a transaction of these instructions is no larger than a packet. */
export const fits = (payer: Address, instructions: readonly Instruction[]) =>
  isTransactionMessageWithinSizeLimit(
    pipe(
      createTransactionMessage({ version: 'legacy' }),
      (message) => setTransactionMessageFeePayer(payer, message),
      (message) => appendTransactionMessageInstructions([...BUDGET, ...instructions], message),
    ),
  );
