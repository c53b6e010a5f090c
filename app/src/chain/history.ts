// What happened to an account: the program's events, out of the logs of its transactions.

import { AccountRole, getBase58Encoder, type Address, type Base58EncodedBytes, type Instruction, type Signature } from '@solana/kit';
import { useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { rules, type Event, type Statement } from '../rules';
import { useChain, type Chain } from './Chain';
import { calls } from './transaction';

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

const PAGE = 1_000;
const AT_ONCE = 6;

/** Signatures of an account's transactions that went through after `known`, oldest first. */
async function signaturesOf({ rpc }: Chain, address: Address, known: Signature | undefined): Promise<Signature[]> {
  const found: Signature[] = [];
  for (let before: Signature | undefined; ; ) {
    const page = await rpc
      .getSignaturesForAddress(address, {
        commitment: 'confirmed',
        limit: PAGE,
        ...(before ? { before } : {}),
        ...(known ? { until: known } : {}),
      })
      .send();
    found.push(...page.filter(({ err }) => err === null).map(({ signature }) => signature));
    before = page.at(-1)?.signature;
    if (page.length < PAGE) return found.reverse();
  }
}

type RawInstruction = { programIdIndex: number; accounts: readonly number[]; data: Base58EncodedBytes };

/** What is made when it is first asked for. */
function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

async function fetchTransaction({ rpc }: Chain, signature: Signature): Promise<HistoryEntry> {
  const landed = await rpc
    .getTransaction(signature, { encoding: 'json', commitment: 'confirmed', maxSupportedTransactionVersion: 1 })
    .send();
  if (!landed?.meta) throw new Error(`The node does not know the transaction ${signature} yet.`);
  const { message } = landed.transaction;
  const loaded = landed.meta.loadedAddresses;
  const keys = [...message.accountKeys, ...(loaded?.writable ?? []), ...(loaded?.readonly ?? [])];
  const whole = ({ programIdIndex, accounts, data }: RawInstruction): Instruction => ({
    programAddress: keys[programIdIndex]!,
    accounts: accounts.map((index) => ({ address: keys[index]!, role: AccountRole.READONLY })),
    data: getBase58Encoder().encode(data),
  });
  const instructions = message.instructions.map(whole);
  const called = new Map((landed.meta.innerInstructions ?? []).map(({ index, instructions }) => [index, (instructions as readonly RawInstruction[]).map(whole)]));
  const inner = instructions.map((_, index) => called.get(index) ?? []);
  const logs = landed.meta.logMessages ?? [];
  return {
    signature,
    slot: landed.slot,
    time: landed.blockTime ?? 0n,
    events: rules().events(logs),
    statements: once(() => rules().statements({ instructions: calls({ instructions }), inner: inner.map((instructions) => calls({ instructions })), logs })),
    instructions: [...instructions, ...inner.flat()],
  };
}

/** What a transaction did never changes: it is asked for once. */
const transaction = (chain: Chain, queries: QueryClient, signature: Signature) =>
  queries.fetchQuery({
    queryKey: ['transaction', signature],
    queryFn: () => fetchTransaction(chain, signature),
    staleTime: Infinity,
    gcTime: Infinity,
    retry: 3,
  });

/** All that happened to an account, newest last. */
export function useHistory(address: Address | undefined) {
  const chain = useChain();
  const queries = useQueryClient();
  return useQuery({
    queryKey: ['history', address],
    enabled: address !== undefined,
    refetchInterval: 10_000,
    queryFn: async ({ queryKey }) => {
      const known = queries.getQueryData<HistoryEntry[]>(queryKey) ?? [];
      const fresh = await signaturesOf(chain, address!, known.at(-1)?.signature);
      const happened = [...known];
      for (let i = 0; i < fresh.length; i += AT_ONCE)
        happened.push(...(await Promise.all(fresh.slice(i, i + AT_ONCE).map((signature) => transaction(chain, queries, signature)))));
      return happened;
    },
  });
}
