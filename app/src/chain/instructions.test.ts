import { ASSOCIATED_TOKEN_PROGRAM_ADDRESS, parseCreateAssociatedTokenIdempotentInstruction } from '@solana-program/token';
import type { Address } from '@solana/kit';
import { expect, it } from 'vitest';
import { GPU_LEASE_PROGRAM_ADDRESS } from '../generated';
import { cancelLease, closeLease } from './instructions';
import { leaseContext, numbered } from './testing';

const [renter, payer, authority, anyone] = [1, 2, 3, 4].map(numbered) as [Address, Address, Address, Address];
const context = leaseContext({ renter, payer, authority });

/** Whose token accounts the instructions create, and who pays; the program's own stands last. */
function created(instructions: Awaited<ReturnType<typeof closeLease>>) {
  expect(instructions.at(-1)?.programAddress).toBe(GPU_LEASE_PROGRAM_ADDRESS);
  return instructions.slice(0, -1).map((instruction) => {
    expect(instruction.programAddress).toBe(ASSOCIATED_TOKEN_PROGRAM_ADDRESS);
    const { accounts } = parseCreateAssociatedTokenIdempotentInstruction(instruction as never);
    return [accounts.owner.address, accounts.payer.address];
  });
}

it('lets whoever closes or cancels pay for the token accounts of those who are paid', async () => {
  expect(created(await closeLease(context, anyone))).toEqual([
    [authority, anyone],
    [payer, anyone],
  ]);
  expect(created(await cancelLease(context, anyone))).toEqual([[payer, anyone]]);
});
