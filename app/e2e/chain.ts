// What is on chain, read past the page, to compare the page with.

import {
  appendTransactionMessageInstructions,
  compileTransaction,
  createKeyPairFromBytes,
  createNoopSigner,
  createSolanaRpc,
  createTransactionMessage,
  getBase58Decoder,
  getBase64EncodedWireTransaction,
  getSignatureFromTransaction,
  partiallySignTransaction,
  pipe,
  setTransactionMessageFeePayer,
  setTransactionMessageLifetimeUsingBlockhash,
  type Address,
  type Instruction,
  type Signature,
} from '@solana/kit';
import { getTransferSolInstruction } from '@solana-program/system';
import { fetchMaybeToken, findAssociatedTokenPda, TOKEN_PROGRAM_ADDRESS } from '@solana-program/token';
import { generateKeyPairSync } from 'node:crypto';
import { expect, inject } from 'vitest';
import * as program from 'gpu-lease';
import type { Chain } from '../src/chain/Chain';
import { travelTo } from '../src/chain/local';

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

/** What an owner has of a mint, base units. */
export async function balanceAt(owner: Address, symbol = 'tUSD'): Promise<bigint> {
  const [ata] = await findAssociatedTokenPda({
    owner,
    mint: mintOf(symbol),
    tokenProgram: TOKEN_PROGRAM_ADDRESS,
  });
  const account = await fetchMaybeToken(rpc, ata, confirmed);
  return account.exists ? account.data.amount : 0n;
}

/** What somebody has of a mint, base units. */
export const balanceOf = (name: string, symbol = 'tUSD') => balanceAt(addressOf(name), symbol);

/** Sends what somebody of the development wallet signs, and waits until it is confirmed. */
export async function send(name: string, instructions: Instruction[]): Promise<Signature> {
  const { value: lifetime } = await rpc.getLatestBlockhash(confirmed).send();
  const transaction = pipe(
    createTransactionMessage({ version: 'legacy' }),
    (message) => setTransactionMessageFeePayer(addressOf(name), message),
    (message) => setTransactionMessageLifetimeUsingBlockhash(lifetime, message),
    (message) => appendTransactionMessageInstructions(instructions, message),
    compileTransaction,
  );
  const signed = await partiallySignTransaction([await createKeyPairFromBytes(secretOf(name))], transaction);
  await rpc
    .sendTransaction(getBase64EncodedWireTransaction(signed), {
      encoding: 'base64',
      preflightCommitment: 'confirmed',
    })
    .send();
  const signature = getSignatureFromTransaction(signed);
  await expect
    .poll(async () => (await rpc.getSignatureStatuses([signature]).send()).value[0]?.confirmationStatus)
    .toMatch(/confirmed|finalized/);
  return signature;
}

/** An account of the development wallet that nobody has yet, with SOL for fees. */
export async function newAccount(name: string) {
  const { d, x } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const secret = Buffer.concat([d, x].map((part) => Buffer.from(part!, 'base64url')));
  const address = getBase58Decoder().decode(secret.subarray(32)) as Address;
  await send('Sponsor', [
    getTransferSolInstruction({
      source: createNoopSigner(addressOf('Sponsor')),
      destination: address,
      amount: 1_000_000_000n,
    }),
  ]);
  return { name, secret: secret.toString('base64'), address };
}

/** The development wallet with more accounts in it. */
export const walletWith = (...more: Awaited<ReturnType<typeof newAccount>>[]) => ({
  cluster: {
    developmentWallet: [
      ...(cluster.developmentWallet ?? []),
      ...more.map(({ name, secret }) => ({ name, secret })),
    ],
  },
});

export const leaseAt = async (address: string) =>
  (await program.fetchLease(rpc, address as Address, confirmed)).data;
export const proposalAt = async (address: string) =>
  (await program.fetchProposal(rpc, address as Address, confirmed)).data;
export const exists = async (address: string) =>
  (await rpc.getAccountInfo(address as Address, { ...confirmed, encoding: 'base64' }).send()).value !== null;

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
  (await rpc.getSignaturesForAddress(address, { ...confirmed, limit: 10 }).send()).map(
    ({ signature }) => signature,
  );

/** Moves the cluster's clock on, past any page. */
export const moveClock = async (seconds: bigint) => travelTo({ cluster } as Chain, (await clock()) + seconds);

/** The cluster's time, unix seconds. */
export async function clock(): Promise<bigint> {
  const { value } = await rpc
    .getAccountInfo('SysvarC1ock11111111111111111111111111111111' as Address, { encoding: 'base64' })
    .send();
  return Buffer.from(value!.data[0], 'base64').readBigInt64LE(32);
}
