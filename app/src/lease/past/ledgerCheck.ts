// Whether a node has the payments of a receipt: each transaction is read, and what it did to the vault compared.

import { isSolanaError, type Address, type Signature } from '@solana/kit';
import type { Node } from 'gpu-lease';
import type { Movement } from '../../indexer/shapes';
import { throughVault } from './receipt';

/** `same`: as the receipt says; `other`: the node has it otherwise; `unknown`: the node does not have it, or did not answer. */
export type Verdict = 'same' | 'other' | 'unknown';

/** Transactions that are read at once. */
const AT_ONCE = 4;

type Balance = { accountIndex: number; mint: string; uiTokenAmount: { amount: string } };
type Landed = {
  blockTime: bigint | null;
  slot: bigint;
  transaction: { signatures: readonly string[]; message: { accountKeys: readonly string[] } };
  meta: {
    err: unknown;
    loadedAddresses?: { writable: readonly string[]; readonly: readonly string[] } | undefined;
    preTokenBalances?: readonly Balance[] | undefined;
    postTokenBalances?: readonly Balance[] | undefined;
  } | null;
};

/** What a transaction did to a token account, base units; `undefined` where it went wrong or is another. */
export function changeOf(landed: Landed, signature: string, account: string): bigint | undefined {
  const { meta, transaction } = landed;
  if (!meta || meta.err !== null || transaction.signatures[0] !== signature) return undefined;
  const keys = [
    ...transaction.message.accountKeys,
    ...(meta.loadedAddresses?.writable ?? []),
    ...(meta.loadedAddresses?.readonly ?? []),
  ];
  const heldIn = (balances: readonly Balance[] = []) =>
    BigInt(balances.find(({ accountIndex }) => keys[accountIndex] === account)?.uiTokenAmount.amount ?? 0);
  return heldIn(meta.postTokenBalances) - heldIn(meta.preTokenBalances);
}

/** What the node says of each transaction of a receipt. */
export async function verdicts(
  { rpc }: Node,
  lines: readonly Movement[],
  vault: Address,
): Promise<Map<Signature, Verdict>> {
  const claimed = new Map<Signature, { change: bigint; time: bigint }>();
  for (const line of lines) {
    const { signature, time } = line.landed;
    const change = (claimed.get(signature)?.change ?? 0n) + throughVault(line, vault);
    claimed.set(signature, { change, time });
  }
  const all = [...claimed];
  const found = new Map<Signature, Verdict>();
  for (let i = 0; i < all.length; i += AT_ONCE)
    await Promise.all(
      all.slice(i, i + AT_ONCE).map(async ([signature, { change, time }]) => {
        const landed = (await rpc
          .getTransaction(signature, {
            encoding: 'json',
            commitment: 'confirmed',
            maxSupportedTransactionVersion: 1,
          })
          .send()
          .catch((error: unknown) => {
            if (isSolanaError(error)) return null;
            throw error;
          })) as Landed | null;
        const isSame = landed && changeOf(landed, signature, vault) === change && landed.blockTime === time;
        found.set(signature, landed ? (isSame ? 'same' : 'other') : 'unknown');
      }),
    );
  return found;
}
