// Instructions of the program in the history of an account.

import {
  containsBytes,
  type AccountMeta,
  type Instruction,
  type InstructionWithAccounts,
  type InstructionWithData,
  type ReadonlyUint8Array,
} from '@solana/kit';
import { GPU_LEASE_PROGRAM_ADDRESS } from './generated';

/** An instruction with all that a parser of the generated client takes. */
export type Call = Instruction &
  InstructionWithAccounts<readonly AccountMeta[]> &
  InstructionWithData<ReadonlyUint8Array>;

/** Whether an instruction is the program's of that discriminator. */
export const isCall = (instruction: Instruction, discriminator: ReadonlyUint8Array): instruction is Call =>
  instruction.programAddress === GPU_LEASE_PROGRAM_ADDRESS &&
  instruction.accounts !== undefined &&
  instruction.data !== undefined &&
  containsBytes(instruction.data, discriminator, 0);
