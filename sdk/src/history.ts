// What happened to an account: the program's events, out of the logs of its transactions, page by page from the newest
// on. A node may repeat itself, ignore what it was asked, mix the order up, or lack what it lists: every transaction
// counts once, and what cannot be shown is kept as a gap.

import {
  AccountRole,
  getBase58Encoder,
  isSolanaError,
  SOLANA_ERROR__JSON_RPC__SERVER_ERROR_UNSUPPORTED_TRANSACTION_VERSION,
  type Address,
  type Base58EncodedBytes,
  type Instruction,
  type Signature,
} from '@solana/kit';
import type { Node } from './node';
import { loadRules, program, type Event, type Statement } from './rules';
import { callsOf } from './transaction';

/** A transaction that went through. */
export type HistoryEntry = {
  signature: Signature;
  slot: bigint;
  /** Unix seconds. */
  time: bigint;
  /** The program's events, in their order. */
  events: Event[];
  /** The usage that it stated, of any lease. Signatures are verified when it is first asked for, which takes a while. */
  statements: () => readonly Statement[];
  /** Its instructions in their order, then those that programs called; accounts without roles. */
  instructions: Instruction[];
};

/** Why a transaction that the node lists is not shown. */
export type Gap = 'missing' | 'version' | 'wrong' | 'unanswered';

/** What is known of an account's history. */
export type History = {
  /** What can be shown, oldest first. */
  entries: readonly HistoryEntry[];
  /** What cannot, of what the node lists. */
  gaps: readonly Gap[];
  /** It reaches back to where such an account begins. */
  isWhole: boolean;
  /** The node may have older ones. */
  hasOlder: boolean;
  known: Known;
};

type Listed = { signature: Signature; slot: bigint; err: unknown };

/** Every transaction that the node has listed, and what became of reading it. */
export type Known = {
  /** Newest first; those that failed too, which only mark the way. */
  listed: readonly Listed[];
  read: ReadonlyMap<Signature, HistoryEntry | { gap: Gap; tries: number }>;
  /** Older than everything listed, the node lists nothing. */
  isExhausted: boolean;
};

const NOTHING: Known = { listed: [], read: new Map(), isExhausted: false };

export const HISTORY_PAGE = 50;
/** A node that goes on and on is asked for so many pages at a time. */
const PAGES = 5;
const AT_ONCE = 6;
/** What the node may have a moment later is asked for so often. */
const TRIES = 4;
/** Milliseconds until a block is complete, as a rule. */
const SLOT = 400;

/** A page of an account's signatures, newest first; never longer than it was asked to be. */
export async function listSignatures(
  { rpc }: Node,
  address: Address,
  limit: number,
  range: { before?: Signature; until?: Signature },
): Promise<readonly Listed[]> {
  return (
    await rpc.getSignaturesForAddress(address, { commitment: 'confirmed', limit, ...range }).send()
  ).slice(0, limit);
}

type RawInstruction = { programIdIndex: number; accounts: readonly number[]; data: Base58EncodedBytes };

/** What is made when it is first asked for. */
function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

const WHY: Record<Gap, string> = {
  missing: 'The node does not have this transaction. Try again, or ask another node.',
  version: 'This transaction is of a version that cannot be read here. Use a newer version of this software.',
  wrong: 'The node answered something else than this transaction. Ask another node.',
  unanswered: 'The node did not answer for this transaction. Try again.',
};

/** That a transaction could not be read. */
export class Unread extends Error {
  constructor(readonly gap: Gap) {
    super(WHY[gap]);
  }
}

const isTold = (time: unknown): time is bigint => typeof time === 'bigint';

/** A transaction that went through and names an account; throws `Unread`. */
export async function fetchTransaction(
  { rpc }: Node,
  signature: Signature,
  address: Address,
  wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
): Promise<HistoryEntry> {
  const ask = () =>
    rpc
      .getTransaction(signature, {
        encoding: 'json',
        commitment: 'confirmed',
        maxSupportedTransactionVersion: 1,
      })
      .send()
      .catch((error: unknown) => {
        throw new Unread(
          isSolanaError(error, SOLANA_ERROR__JSON_RPC__SERVER_ERROR_UNSUPPORTED_TRANSACTION_VERSION)
            ? 'version'
            : 'unanswered',
        );
      });
  let landed = await ask();
  // A node may show a transaction before its block is complete, which is when it has a time.
  for (let tries = 1; landed && !isTold(landed.blockTime) && tries < TRIES; tries++) {
    await wait(SLOT);
    landed = await ask();
  }
  if (!landed?.meta) throw new Unread('missing');
  const time = landed.blockTime;
  if (!isTold(time)) throw new Unread('unanswered');
  await loadRules();
  try {
    const { message, signatures } = landed.transaction;
    const loaded = landed.meta.loadedAddresses;
    const keys = [...message.accountKeys, ...(loaded?.writable ?? []), ...(loaded?.readonly ?? [])];
    if (signatures[0] !== signature || landed.meta.err !== null || !keys.includes(address))
      throw new Unread('wrong');
    const whole = ({ programIdIndex, accounts, data }: RawInstruction): Instruction => ({
      programAddress: keys[programIdIndex]!,
      accounts: accounts.map((index) => ({ address: keys[index]!, role: AccountRole.READONLY })),
      data: getBase58Encoder().encode(data),
    });
    const instructions = message.instructions.map(whole);
    const called = new Map(
      (landed.meta.innerInstructions ?? []).map(({ index, instructions }) => [
        index,
        (instructions as readonly RawInstruction[]).map(whole),
      ]),
    );
    const inner = instructions.map((_, index) => called.get(index) ?? []);
    const logs = landed.meta.logMessages ?? [];
    return {
      signature,
      slot: landed.slot,
      time,
      events: program().events(logs),
      statements: once(() =>
        program().statements({
          instructions: callsOf({ instructions }),
          inner: inner.map((instructions) => callsOf({ instructions })),
          logs,
        }),
      ),
      instructions: [...instructions, ...inner.flat()],
    };
  } catch {
    throw new Unread('wrong');
  }
}

/** Where an account's history begins. */
export type Begins = (event: Event) => boolean;

const isEntry = (read: HistoryEntry | { gap: Gap } | undefined): read is HistoryEntry =>
  read !== undefined && 'events' in read;

/** Two answers about one account as one, whichever came first. */
export function mergedHistory(one: Known, other: Known): Known {
  const listed = new Map([...other.listed, ...one.listed].map((item) => [item.signature, item]));
  const read = new Map(one.read);
  other.read.forEach(
    (value, signature) => (!read.has(signature) || isEntry(value)) && read.set(signature, value),
  );
  return {
    listed: [...listed.values()].sort((a, b) => (a.slot < b.slot ? 1 : a.slot > b.slot ? -1 : 0)),
    read,
    isExhausted: one.isExhausted || other.isExhausted,
  };
}

/** What is known, to be shown. */
export function historyOf(known: Known, begins: Begins): History {
  const results = known.listed.flatMap(({ signature }) => known.read.get(signature) ?? []).reverse();
  const entries = results.filter(isEntry);
  const isWhole = entries.some(({ events }) => events.some(begins));
  return {
    entries,
    gaps: results.flatMap((result) => ('gap' in result ? result.gap : [])),
    isWhole,
    hasOlder: !isWhole && !known.isExhausted,
    known,
  };
}

/** How transactions are read: `fetchTransaction`, from a cache. */
export type Reader = (signature: Signature) => Promise<HistoryEntry>;

/** Reads what is listed and was not read yet, or may be had now. */
async function reading(known: Known, read: Reader): Promise<Known> {
  const results = new Map(known.read);
  const open = known.listed.filter(({ signature, err }) => {
    const before = results.get(signature);
    return (
      err === null &&
      (before === undefined ||
        ('tries' in before &&
          before.tries < TRIES &&
          (before.gap === 'missing' || before.gap === 'unanswered')))
    );
  });
  for (let i = 0; i < open.length; i += AT_ONCE)
    await Promise.all(
      open.slice(i, i + AT_ONCE).map(async ({ signature }) => {
        const before = results.get(signature);
        const tries = before && 'tries' in before ? before.tries + 1 : 1;
        results.set(
          signature,
          await read(signature).catch((error: unknown) => ({
            gap: error instanceof Unread ? error.gap : 'unanswered',
            tries,
          })),
        );
      }),
    );
  return { ...known, read: results };
}

/** The page before what is known, or the newest. */
export async function olderHistory(
  node: Node,
  address: Address,
  begins: Begins,
  read: Reader,
  known: Known = NOTHING,
): Promise<Known> {
  let grown = known;
  const wanted = known.listed.length + HISTORY_PAGE;
  for (let page = 0; page < PAGES; page++) {
    const before = grown.listed.at(-1)?.signature;
    const listed = await listSignatures(node, address, HISTORY_PAGE, before ? { before } : {});
    const seen = new Set(grown.listed.map(({ signature }) => signature));
    const fresh = listed.filter(({ signature }) => !seen.has(signature));
    if (fresh.length === 0) return { ...grown, isExhausted: true };
    grown = await reading(mergedHistory(grown, { ...NOTHING, listed: fresh }), read);
    // A short page is the last one as a rule; where the beginning is not in it, the next one tells.
    if (grown.listed.length >= wanted || historyOf(grown, begins).isWhole) break;
  }
  return grown;
}

/** What has happened since; where that is more than a node lists at once, what was known before is left for later. */
export async function newerHistory(node: Node, address: Address, read: Reader, known: Known): Promise<Known> {
  const until = known.listed[0]?.signature;
  const seen = new Set(known.listed.map(({ signature }) => signature));
  let grown: Known = NOTHING;
  for (let page = 0; page < PAGES; page++) {
    const before = grown.listed.at(-1)?.signature;
    const listed = await listSignatures(node, address, HISTORY_PAGE, {
      ...(before ? { before } : {}),
      ...(until ? { until } : {}),
    });
    const fresh = listed.filter(({ signature }) => !seen.has(signature));
    const isNew = fresh.some(({ signature }) => !grown.listed.some((item) => item.signature === signature));
    grown = mergedHistory(grown, { ...NOTHING, listed: fresh });
    if (!isNew || fresh.length < listed.length || listed.length < HISTORY_PAGE)
      return reading(mergedHistory(known, grown), read);
  }
  return reading(grown, read);
}

/** What could not be read is to be asked for again. */
export const withoutGaps = (known: Known): Known => ({
  ...known,
  read: new Map([...known.read].filter(([, result]) => isEntry(result))),
});
