import { ASSOCIATED_TOKEN_PROGRAM_ADDRESS } from '@solana-program/token';
import { COMPUTE_BUDGET_PROGRAM_ADDRESS } from '@solana-program/compute-budget';
import { AccountRole, type Instruction } from '@solana/kit';
import { GPU_LEASE_PROGRAM_ADDRESS, type TransactionRequest } from 'gpu-lease';

const JUDGED: readonly string[] = [
  GPU_LEASE_PROGRAM_ADDRESS,
  COMPUTE_BUDGET_PROGRAM_ADDRESS,
  ASSOCIATED_TOKEN_PROGRAM_ADDRESS,
];

/** A guard that the other party's wallet has added: it changes no account and is given no signature, so it can only refuse. */
const isGuard = ({ programAddress, accounts = [] }: Instruction) =>
  !JUDGED.includes(programAddress) && accounts.every(({ role }) => role === AccountRole.READONLY);

/** The part of a half-signed transaction that the program's rules judge: all but the advance of its nonce, and guards. */
export const partOf = ({
  nonce,
  instructions,
}: Pick<TransactionRequest, 'nonce' | 'instructions'>): Instruction[] =>
  instructions.slice(nonce ? 1 : 0).filter((instruction) => !isGuard(instruction));
