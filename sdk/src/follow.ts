// What has been sent is pending until the cluster has confirmed it, or can never take it up any longer: a lost answer says
// neither. Nothing but its own bytes is sent for it again.

import {
  getCompiledTransactionMessageDecoder,
  getTransactionDecoder,
  isSolanaError,
  SOLANA_ERROR__JSON_RPC__SERVER_ERROR_TRANSACTION_HISTORY_NOT_AVAILABLE,
  type Base64EncodedWireTransaction,
  type Blockhash,
  type Signature,
} from '@solana/kit';
import type { Node } from './node';
import { isUsed, type Nonce } from './nonce';
import { loadRules, type Explanation } from './rules';
import {
  BLOCKHASH_LIFE,
  explain,
  transactionFromText,
  requestOf,
  signatureOf,
  transactionToText,
  type Prepared,
} from './transaction';

/** A signed transaction on its way. */
export type Sent = {
  signature: Signature;
  /** The signed bytes, base64. */
  wire: string;
  /** It cannot land in a block above this height. */
  lastValidBlockHeight: bigint;
  /** What it rests on in the place of a blockhash: then it can land until that is used. */
  nonce?: Pick<Nonce, 'account' | 'value'>;
};

/** What is to be sent, once everybody has signed the bytes. */
export const sentOf = ({ request, bytes, lastValidBlockHeight }: Prepared): Sent => ({
  signature: signatureOf(bytes),
  wire: transactionToText(bytes),
  lastValidBlockHeight,
  ...(request.nonce ? { nonce: request.nonce } : {}),
});

/** What became of a transaction. */
export type Outcome =
  | { state: 'confirmed' }
  /** It landed and failed: nothing but the network fee has moved. */
  | { state: 'refused'; refusal: Explanation }
  /** It is in no block, and no later block can hold it. */
  | { state: 'expired' }
  /** It can no longer land, and the node keeps no history to tell whether it did. */
  | { state: 'forgotten' };

/** A node remembers the statuses of so many blocks without any history. */
const REMEMBERED = 150n;
const FIRST_PAUSE = 400;
const LONGEST_PAUSE = 2_000;
/** After so many looks the same bytes are sent again, and the block height is asked. */
const LOOKS = 4;

/** A node that answers nothing at all is asked again. */
const patience = () => ({ abortSignal: AbortSignal.timeout(10_000) });

/** The blockhash that a transaction is signed with. */
const blockhashOf = ({ wire }: Sent) =>
  getCompiledTransactionMessageDecoder().decode(
    getTransactionDecoder().decode(transactionFromText(wire)).messageBytes,
  ).lifetimeToken as Blockhash;

type Status = { err: unknown; confirmationStatus: string | null; confirmations: bigint | null };

async function statusOf(
  { rpc }: Node,
  { signature }: Sent,
  searchTransactionHistory: boolean,
): Promise<Status | null> {
  const { value } = await rpc
    .getSignatureStatuses([signature], { searchTransactionHistory })
    .send(patience());
  return (value[0] as Status | null | undefined) ?? null;
}

/** What a status decides. One that is only processed decides nothing: its fork may be dropped, or a node made it up. */
async function verdict(
  { rpc }: Node,
  { signature, wire }: Sent,
  status: Status,
): Promise<Outcome | undefined> {
  const { err, confirmationStatus, confirmations } = status;
  const isFinal =
    confirmationStatus === 'confirmed' ||
    confirmationStatus === 'finalized' ||
    (confirmationStatus === null && confirmations === null);
  if (!isFinal) return undefined;
  if (err === null) return { state: 'confirmed' };
  await loadRules();
  const landed = await rpc
    .getTransaction(signature, {
      encoding: 'base64',
      commitment: 'confirmed',
      maxSupportedTransactionVersion: 1,
    })
    .send(patience())
    .catch(() => null);
  return {
    state: 'refused',
    refusal: explain(requestOf(transactionFromText(wire)), err, landed?.meta?.logMessages),
  };
}

/** Whether its blockhash is too old. A height alone may be made up, or come from another cluster's node at the same address. */
async function hasExpired({ rpc }: Node, sent: Sent): Promise<boolean> {
  const { value: isValid } = await rpc
    .isBlockhashValid(blockhashOf(sent), { commitment: 'processed' })
    .send(patience());
  return isValid === false;
}

/** Whether a node's history reaches back to a block height: of what it has dropped it says nothing, as of what never landed. No slot is below its block's height. */
async function keepsFrom({ rpc }: Node, height: bigint): Promise<boolean> {
  const first = await rpc.getFirstAvailableBlock().send(patience());
  return first <= (height > 0n ? height : 0n);
}

/** Once no block that is still to come can hold it: whether one does. The height is read first, the status after it. */
async function lastLook(node: Node, sent: Sent): Promise<Outcome | undefined> {
  const last = sent.lastValidBlockHeight;
  const height: unknown = await node.rpc.getBlockHeight({ commitment: 'finalized' }).send(patience());
  if (typeof height !== 'bigint') return undefined;
  if (
    !(sent.nonce ? await isUsed(node, sent.nonce, patience) : height > last && (await hasExpired(node, sent)))
  )
    return undefined;
  let isKept = !sent.nonce && height <= last + REMEMBERED;
  let status: Status | null;
  try {
    status = await statusOf(node, sent, true);
    isKept ||= await keepsFrom(node, last - BLOCKHASH_LIFE);
  } catch (error) {
    if (!isSolanaError(error, SOLANA_ERROR__JSON_RPC__SERVER_ERROR_TRANSACTION_HISTORY_NOT_AVAILABLE))
      throw error;
    status = await statusOf(node, sent, false);
  }
  if (status !== null) return verdict(node, sent, status);
  return { state: isKept ? 'expired' : 'forgotten' };
}

/**
 * Sends a signed transaction, the same bytes again and again, until it is decided. `onTrouble` hears what the node says
 * instead of an answer; none of it decides anything.
 */
export async function follow(
  node: Node,
  sent: Sent,
  onTrouble: (error: unknown) => void = () => {},
  wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
): Promise<Outcome> {
  const ask = <T>(answer: Promise<T>) =>
    answer.catch((error: unknown) => {
      onTrouble(error);
      return undefined;
    });
  const wire = sent.wire as Base64EncodedWireTransaction;
  for (let round = 0; ; round++) {
    // Its answer says nothing that the status does not; a node that keeps one waiting holds up no look.
    if (round % LOOKS === 0)
      void ask(
        node.rpc
          .sendTransaction(wire, { encoding: 'base64', skipPreflight: true, maxRetries: 0n })
          .send(patience()),
      );
    await wait(Math.min(FIRST_PAUSE + 100 * round, LONGEST_PAUSE));
    const status = await ask(statusOf(node, sent, false));
    const decided = status ? await ask(verdict(node, sent, status)) : undefined;
    const outcome = decided ?? (round % LOOKS === LOOKS - 1 ? await ask(lastLook(node, sent)) : undefined);
    if (outcome) return outcome;
  }
}
