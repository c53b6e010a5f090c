// What has been sent is pending until the cluster has confirmed it, or can never take it up any more: a lost answer says
// neither. It is remembered beyond a reload, nothing but its own bytes is sent for it again, and while it is pending
// the same thing is not signed a second time.

import {
  getCompiledTransactionMessageDecoder,
  getTransactionDecoder,
  isSolanaError,
  SOLANA_ERROR__JSON_RPC__SERVER_ERROR_TRANSACTION_HISTORY_NOT_AVAILABLE,
  type Base64EncodedWireTransaction,
  type Blockhash,
  type Instruction,
  type Signature,
} from '@solana/kit';
import {
  CREATE_OFFER_DISCRIMINATOR,
  CREATE_PROPOSAL_DISCRIMINATOR,
  OPEN_LEASE_DISCRIMINATOR,
  GPU_LEASE_PROGRAM_ADDRESS,
  parseCreateOfferInstruction,
  parseCreateProposalInstruction,
  parseOpenLeaseInstruction,
} from '../generated';
import type { Explanation } from '../rules';
import { isCall } from './calls';
import type { Chain } from './Chain';
import { isUsed, type Nonce } from './nonce';
import { BLOCKHASH_LIFE, explain, fromText, requestOf, TOKEN_PROGRAMS, type TransactionRequest } from './transaction';

/** A signed transaction on its way. */
export type Sent = {
  signature: Signature;
  /** The signed bytes, base64. */
  wire: string;
  /** It cannot land in a block above this height, a decimal number. */
  lastValidBlockHeight: string;
  /** What it rests on in the place of a blockhash: then it can land until that is used. */
  nonce?: Pick<Nonce, 'account' | 'value'>;
  title: string;
  /** See `actionOf`. */
  action: string;
};

/** What became of a transaction. */
export type Outcome =
  | { state: 'confirmed' }
  /** It landed and failed: nothing but the network fee has moved. */
  | { state: 'refused'; refusal: Explanation }
  /** It is in no block, and no later block can hold it. */
  | { state: 'expired' }
  /** It can no longer land, and the node keeps no history to tell whether it did. */
  | { state: 'forgotten' };

/** Whom an instruction is about. What it creates is left out: a second try would give it another number. */
function subjects(call: Instruction): string[] {
  const named = (accounts: readonly { address: string }[]) => accounts.map(({ address }) => address);
  if (isCall(call, OPEN_LEASE_DISCRIMINATOR)) {
    const { renter, payer, offer } = parseOpenLeaseInstruction(call).accounts;
    return named([renter, payer, offer]);
  }
  if (isCall(call, CREATE_OFFER_DISCRIMINATOR)) return named([parseCreateOfferInstruction(call).accounts.provider]);
  if (isCall(call, CREATE_PROPOSAL_DISCRIMINATOR)) return named([parseCreateProposalInstruction(call).accounts.proposer]);
  return named(call.accounts ?? []);
}

/** Bytes that tell an instruction from the others of a program that moves money. */
const tells = ({ programAddress }: Instruction) => (programAddress === GPU_LEASE_PROGRAM_ADDRESS ? 8 : TOKEN_PROGRAMS.includes(programAddress) ? 1 : 0);

/** What a transaction does to whom, a line an instruction. Two with a line in common do the same twice, whatever their figures. */
export const actionOf = ({ instructions }: Pick<TransactionRequest, 'instructions'>): string =>
  instructions
    .filter((call) => tells(call) > 0)
    .map((call) => [call.data?.slice(0, tells(call)).join('.'), ...subjects(call)].join(' '))
    .join('\n');

/** What is pending of what a request does. */
export function pendingFor(pending: readonly Sent[], request: Parameters<typeof actionOf>[0]): Sent | undefined {
  const wanted = actionOf(request).split('\n');
  return pending.find(({ action }) => action.split('\n').some((line) => line !== '' && wanted.includes(line)));
}

const KEY = 'gpu-lease:sent';

/** Whether that is a transaction as it is stored here: others may write to the storage of the same host. */
const isSent = (item: Partial<Sent> | null): item is Sent =>
  [item?.signature, item?.wire, item?.title, item?.action].every((text) => typeof text === 'string') &&
  (item?.nonce === undefined || [item.nonce?.account, item.nonce?.value].every((text) => typeof text === 'string')) &&
  /^\d{1,20}$/.test(item?.lastValidBlockHeight ?? '');

/** What is pending, kept in this browser; `storage` is shared by its tabs. */
export function sentIn(storage: Pick<Storage, 'getItem' | 'setItem'>) {
  let known: readonly Sent[] = [];
  let isKept = true;
  /** What every tab has stored; what this one knows where the browser stores nothing. */
  const read = (): readonly Sent[] => {
    try {
      const stored: unknown = isKept ? JSON.parse(storage.getItem(KEY) ?? '[]') : known;
      return Array.isArray(stored) ? stored.filter(isSent) : [];
    } catch {
      return known;
    }
  };
  known = read();
  const listeners = new Set<() => void>();
  const take = (next: readonly Sent[]) => {
    known = next;
    listeners.forEach((listener) => listener());
  };
  const write = (next: readonly Sent[]) => {
    try {
      storage.setItem(KEY, JSON.stringify(next));
    } catch {
      // A browser that stores nothing remembers until the page is left.
      isKept = false;
    }
    take(next);
  };
  const without = ({ signature }: Sent) => read().filter((sent) => sent.signature !== signature);
  return {
    get: () => known,
    subscribe(listener: () => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    /** Another tab has changed it. */
    refresh: () => take(read()),
    add: (sent: Sent) => write([...without(sent), sent]),
    remove: (sent: Sent) => write(without(sent)),
  };
}

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
  getCompiledTransactionMessageDecoder().decode(getTransactionDecoder().decode(fromText(wire)).messageBytes).lifetimeToken as Blockhash;

type Status = { err: unknown; confirmationStatus: string | null; confirmations: bigint | null };

async function statusOf({ rpc }: Chain, { signature }: Sent, searchTransactionHistory: boolean): Promise<Status | null> {
  const { value } = await rpc.getSignatureStatuses([signature], { searchTransactionHistory }).send(patience());
  return (value[0] as Status | null | undefined) ?? null;
}

/** What a status decides. One that is only processed decides nothing: its fork may be dropped, or a node made it up. */
async function verdict({ rpc }: Chain, { signature, wire }: Sent, status: Status): Promise<Outcome | undefined> {
  const { err, confirmationStatus, confirmations } = status;
  const isFinal = confirmationStatus === 'confirmed' || confirmationStatus === 'finalized' || (confirmationStatus === null && confirmations === null);
  if (!isFinal) return undefined;
  if (err === null) return { state: 'confirmed' };
  const landed = await rpc
    .getTransaction(signature, { encoding: 'base64', commitment: 'confirmed', maxSupportedTransactionVersion: 1 })
    .send(patience())
    .catch(() => null);
  return { state: 'refused', refusal: explain(requestOf(fromText(wire)), err, landed?.meta?.logMessages) };
}

/** Whether its blockhash is too old. A height alone may be made up, or come from another cluster's node at the same address. */
async function hasExpired({ rpc }: Chain, sent: Sent): Promise<boolean> {
  const { value: isValid } = await rpc.isBlockhashValid(blockhashOf(sent), { commitment: 'processed' }).send(patience());
  return isValid === false;
}

/** Whether a node's history reaches back to a block height: of what it has dropped it says nothing, as of what never landed. No slot is below its block's height. */
async function keepsFrom({ rpc }: Chain, height: bigint): Promise<boolean> {
  const first = await rpc.getFirstAvailableBlock().send(patience());
  return first <= (height > 0n ? height : 0n);
}

/** Once no block that is still to come can hold it: whether one does. The height is read first, the status after it. */
async function lastLook(chain: Chain, sent: Sent): Promise<Outcome | undefined> {
  const last = BigInt(sent.lastValidBlockHeight);
  const height: unknown = await chain.rpc.getBlockHeight({ commitment: 'finalized' }).send(patience());
  if (typeof height !== 'bigint') return undefined;
  if (!(sent.nonce ? await isUsed(chain, sent.nonce, patience) : height > last && (await hasExpired(chain, sent)))) return undefined;
  let isKept = !sent.nonce && height <= last + REMEMBERED;
  let status: Status | null;
  try {
    status = await statusOf(chain, sent, true);
    isKept ||= await keepsFrom(chain, last - BLOCKHASH_LIFE);
  } catch (error) {
    if (!isSolanaError(error, SOLANA_ERROR__JSON_RPC__SERVER_ERROR_TRANSACTION_HISTORY_NOT_AVAILABLE)) throw error;
    status = await statusOf(chain, sent, false);
  }
  if (status !== null) return verdict(chain, sent, status);
  return { state: isKept ? 'expired' : 'forgotten' };
}

/**
 * Sends a signed transaction, the same bytes again and again, until it is decided. `onTrouble` hears what the node says
 * instead of an answer; none of it decides anything.
 */
export async function follow(
  chain: Chain,
  sent: Sent,
  onTrouble: (error: unknown) => void,
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
    if (round % LOOKS === 0) void ask(chain.rpc.sendTransaction(wire, { encoding: 'base64', skipPreflight: true, maxRetries: 0n }).send(patience()));
    await wait(Math.min(FIRST_PAUSE + 100 * round, LONGEST_PAUSE));
    const status = await ask(statusOf(chain, sent, false));
    const decided = status ? await ask(verdict(chain, sent, status)) : undefined;
    const outcome = decided ?? (round % LOOKS === LOOKS - 1 ? await ask(lastLook(chain, sent)) : undefined);
    if (outcome) return outcome;
  }
}
