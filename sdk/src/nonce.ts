// Durable nonces: a transaction that begins with the advance of one, and has its value in the place of a blockhash, is good
// until the nonce is used or closed. A wallet's are at addresses that follow from it, so that any browser finds them again.

import {
  SYSTEM_PROGRAM_ADDRESS,
  getAdvanceNonceAccountInstruction,
  getCreateAccountWithSeedInstruction,
  getInitializeNonceAccountInstruction,
  getNonceDecoder,
  getNonceSize,
  getWithdrawNonceAccountInstruction,
} from '@solana-program/system';
import {
  createAddressWithSeed,
  createNoopSigner,
  getBase64Encoder,
  type Address,
  type Blockhash,
  type Instruction,
} from '@solana/kit';
import type { Node } from './node';

/** A nonce, and the value that makes a transaction good. */
export type Nonce = { account: Address; authority: Address; value: Blockhash };

/** Half-signed transactions that a wallet can have open at a time. */
const MOST = 16;

const seedOf = (n: number) => `gpu-lease nonce ${n}`;
const addressOf = (authority: Address, n: number) =>
  createAddressWithSeed({ baseAddress: authority, programAddress: SYSTEM_PROGRAM_ADDRESS, seed: seedOf(n) });
const addressesOf = (authority: Address) =>
  Promise.all(Array.from({ length: MOST }, (_, n) => addressOf(authority, n)));

type Raw = { owner: Address; data: readonly [string, string]; lamports: bigint } | null;

/** The nonce in an account, if it is one. */
export function nonceIn(account: Address, raw: Raw): Nonce | undefined {
  if (raw?.owner !== SYSTEM_PROGRAM_ADDRESS) return undefined;
  const data = getBase64Encoder().encode(raw.data[0]);
  if (data.length !== getNonceSize()) return undefined;
  const { authority, blockhash } = getNonceDecoder().decode(data);
  return { account, authority, value: blockhash as string as Blockhash };
}

/** The nonce at an address as the cluster has it now. */
export async function nonceAt(
  { rpc }: Node,
  account: Address,
  commitment: 'confirmed' | 'finalized' = 'confirmed',
  options?: { abortSignal: AbortSignal },
): Promise<Nonce | undefined> {
  const { value } = await rpc.getAccountInfo(account, { encoding: 'base64', commitment }).send(options);
  return nonceIn(account, value as Raw);
}

const accountsOf = async ({ rpc }: Node, authority: Address) => {
  const addresses = await addressesOf(authority);
  const { value } = await rpc
    .getMultipleAccounts(addresses, { encoding: 'base64', commitment: 'confirmed' })
    .send();
  return addresses.map((address, n) => ({ n, address, raw: (value[n] ?? null) as Raw }));
};

/** A wallet's nonces that are open, with what they hold as rent. */
export async function noncesOf(node: Node, authority: Address): Promise<(Nonce & { lamports: bigint })[]> {
  const found = await accountsOf(node, authority);
  return found.flatMap(({ address, raw }) => {
    const nonce = nonceIn(address, raw);
    return nonce?.authority === authority && raw ? { ...nonce, lamports: raw.lamports } : [];
  });
}

/** What opens another nonce of a wallet, which pays the rent for it. */
export async function openNonce(
  node: Node,
  authority: Address,
): Promise<{ account: Address; instructions: Instruction[] }> {
  const free = (await accountsOf(node, authority)).find(({ raw }) => raw === null);
  if (!free)
    throw new Error(`This wallet has ${MOST} half-signed transactions open. Withdraw one of them first.`);
  const space = BigInt(getNonceSize());
  const amount = await node.rpc.getMinimumBalanceForRentExemption(space).send();
  const account = free.address;
  return {
    account,
    instructions: [
      getCreateAccountWithSeedInstruction({
        payer: createNoopSigner(authority),
        newAccount: account,
        base: authority,
        seed: seedOf(free.n),
        amount,
        space,
        programAddress: SYSTEM_PROGRAM_ADDRESS,
      }),
      getInitializeNonceAccountInstruction({ nonceAccount: account, nonceAuthority: authority }),
    ],
  };
}

/** What a transaction that rests on a nonce begins with. */
export const advanceNonce = ({ account, authority }: Nonce): Instruction =>
  getAdvanceNonceAccountInstruction({ nonceAccount: account, nonceAuthority: createNoopSigner(authority) });

/** Closes a nonce: what rests on it can never land, and its rent comes back. */
export const closeNonce = ({ account, authority, lamports }: Nonce & { lamports: bigint }): Instruction =>
  getWithdrawNonceAccountInstruction({
    nonceAccount: account,
    recipientAccount: authority,
    nonceAuthority: createNoopSigner(authority),
    withdrawAmount: lamports,
  });

/** Whether what rests on a nonce can land no longer: it has another value, or is closed, both newly and for good. One that was just opened is not final yet. */
export async function isUsed(
  node: Node,
  { account, value }: Pick<Nonce, 'account' | 'value'>,
  patience: () => { abortSignal: AbortSignal },
): Promise<boolean> {
  const seen = await Promise.all(
    (['finalized', 'confirmed'] as const).map((commitment) => nonceAt(node, account, commitment, patience())),
  );
  return seen.every((nonce) => nonce?.value !== value);
}
