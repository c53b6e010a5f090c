// What providers do with their account and their bond account.

import { getTransferCheckedInstruction } from '@solana-program/token';
import type { Address, Instruction } from '@solana/kit';
import type { Keyed } from '../account';
import { tokenAccount, type Mint } from '../addresses';
import * as program from '../generated';
import type { HotKeysArgs, Provider } from '../generated';
import { validUntil } from '../seen';
import { ensureTokenAccount, signer } from './common';

export const registerProvider = (authority: Address, keys: HotKeysArgs) =>
  program.getRegisterProviderInstructionAsync({ authority: signer(authority), keys });

/** Puts other hot keys in the place of those that were shown. */
export const updateProvider = (
  { address, authority, attestor, operator }: Keyed<Provider>,
  keys: HotKeysArgs,
) =>
  program.getUpdateProviderInstruction({
    authority: signer(authority),
    provider: address,
    validUntil: validUntil(),
    replaced: { attestor, operator },
    keys,
  });

/** Pays into a provider's bond account, as anyone may. */
export async function payIntoBondAccount(
  payer: Address,
  provider: Address,
  { decimals, ...token }: Mint & { decimals: number },
  amount: bigint,
): Promise<Instruction[]> {
  const [source, destination] = await Promise.all(
    [payer, provider].map((owner) => tokenAccount(owner, token)),
  );
  const transfer = {
    source: source!,
    mint: token.mint,
    destination: destination!,
    authority: signer(payer),
    amount,
    decimals,
  };
  return [
    await ensureTokenAccount(payer, provider, token),
    getTransferCheckedInstruction(transfer, { programAddress: token.tokenProgram }),
  ];
}

/** Takes tokens out of a bond account, into the token account of the provider's wallet. */
export const withdrawBond = async (
  { address, authority }: Keyed<Provider>,
  token: Mint,
  amount: bigint,
): Promise<Instruction[]> => [
  await ensureTokenAccount(authority, authority, token),
  program.getWithdrawBondInstruction({
    authority: signer(authority),
    provider: address,
    bondAccount: await tokenAccount(address, token),
    destination: await tokenAccount(authority, token),
    tokenProgram: token.tokenProgram,
    validUntil: validUntil(),
    amount,
  }),
];
