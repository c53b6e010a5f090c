import { getCreateAssociatedTokenIdempotentInstruction } from '@solana-program/token';
import { createNoopSigner, type AccountRole, type Address, type Instruction } from '@solana/kit';
import { tokenAccount, type Mint } from '../addresses';

/** Who signs. Its wallet does, once the transaction is complete. */
export const signer = (address: Address) => createNoopSigner(address);

/** The instruction, signed by these addresses as well. */
export function signedBy<T extends Instruction>(instruction: T, parties: Address[]): T {
  const sign = (role: AccountRole) => (role | 2) as AccountRole;
  const accounts = instruction.accounts?.map((meta) =>
    parties.includes(meta.address) ? { ...meta, role: sign(meta.role) } : meta,
  );
  return { ...instruction, accounts };
}

/** Creates the token account of `owner` if it is missing. */
export async function ensureTokenAccount(
  payer: Address,
  owner: Address,
  { mint, tokenProgram }: Mint,
): Promise<Instruction> {
  const ata = await tokenAccount(owner, { mint, tokenProgram });
  return getCreateAssociatedTokenIdempotentInstruction({
    payer: signer(payer),
    ata,
    owner,
    mint,
    tokenProgram,
  });
}
