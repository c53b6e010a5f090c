// What is on chain, read past the page, to compare the page with.

import { createSolanaRpc, getBase58Decoder, type Address } from '@solana/kit';
import { fetchMaybeToken, findAssociatedTokenPda, TOKEN_PROGRAM_ADDRESS } from '@solana-program/token';
import { inject } from 'vitest';
import * as program from '../src/generated';

const { cluster } = inject('market');

export const rpc = createSolanaRpc(cluster.rpcUrl);

const confirmed = { commitment: 'confirmed' } as const;

/** The secret key of an account of the development wallet: its seed, then its public key. */
export function secretOf(name: string): Uint8Array {
  const account = cluster.developmentWallet?.find((account) => account.name === name);
  if (!account) throw new Error(`the development wallet has no ${name}`);
  return Buffer.from(account.secret, 'base64');
}

export const addressOf = (name: string) => getBase58Decoder().decode(secretOf(name).slice(32)) as Address;

/** The mint that is called so. */
export function mintOf(symbol: string): Address {
  const found = Object.entries(cluster.tokens ?? {}).find(([, name]) => name === symbol);
  if (!found) throw new Error(`no mint is called ${symbol}`);
  return found[0] as Address;
}

/** What somebody has of a mint, base units. */
export async function balanceOf(name: string, symbol = 'tUSD'): Promise<bigint> {
  const [ata] = await findAssociatedTokenPda({ owner: addressOf(name), mint: mintOf(symbol), tokenProgram: TOKEN_PROGRAM_ADDRESS });
  const account = await fetchMaybeToken(rpc, ata, confirmed);
  return account.exists ? account.data.amount : 0n;
}

export const leaseAt = async (address: string) => (await program.fetchLease(rpc, address as Address, confirmed)).data;
export const proposalAt = async (address: string) => (await program.fetchProposal(rpc, address as Address, confirmed)).data;
export const exists = async (address: string) => (await rpc.getAccountInfo(address as Address, { ...confirmed, encoding: 'base64' }).send()).value !== null;

export async function providerOf(name: string) {
  const [address] = await program.findProviderPda({ authority: addressOf(name) });
  return program.fetchProvider(rpc, address, confirmed);
}

export async function lockOf(name: string) {
  const [address] = await program.findLockPda({ owner: addressOf(name) });
  return program.fetchVoteLock(rpc, address, confirmed);
}

export async function feeParams() {
  const [address] = await program.findFeeParamsPda();
  return (await program.fetchFeeParams(rpc, address, confirmed)).data;
}

/** The latest transactions that an address had a part in. */
export const signaturesOf = async (address: Address) =>
  (await rpc.getSignaturesForAddress(address, { ...confirmed, limit: 10 }).send()).map(({ signature }) => signature);
