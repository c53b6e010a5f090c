// What is on chain, as queries: every kind of account that the program has, kept current by `updates.ts`.

import {
  containsBytes,
  decodeAccount,
  getAddressEncoder,
  getBase58Decoder,
  getBase64Encoder,
  type Address,
  type Base58EncodedBytes,
  type Base64EncodedBytes,
  type Decoder,
  type ReadonlyUint8Array,
} from '@solana/kit';
import { queryOptions, skipToken, useQuery, useSuspenseQuery, type QueryClient } from '@tanstack/react-query';
import {
  FEE_PARAMS_DISCRIMINATOR,
  GOVERNANCE_DISCRIMINATOR,
  GPU_LEASE_PROGRAM_ADDRESS,
  LEASE_DISCRIMINATOR,
  MINT_POLICY_DISCRIMINATOR,
  OFFER_DISCRIMINATOR,
  PARTICIPANT_DISCRIMINATOR,
  PROPOSAL_DISCRIMINATOR,
  PROTOCOL_DISCRIMINATOR,
  PROVIDER_DISCRIMINATOR,
  VOTE_LOCK_DISCRIMINATOR,
  VOTE_RECORD_DISCRIMINATOR,
  getFeeParamsDecoder,
  getGovernanceDecoder,
  getLeaseDecoder,
  getMintPolicyDecoder,
  getOfferDecoder,
  getParticipantDecoder,
  getProposalDecoder,
  getProtocolDecoder,
  getProviderDecoder,
  getVoteLockDecoder,
  getVoteRecordDecoder,
  type FeeParams,
  type Governance,
  type Lease,
  type MintPolicy,
  type Offer,
  type Participant,
  type Proposal,
  type Protocol,
  type Provider,
  type VoteLock,
  type VoteRecord,
} from '../generated';
import { useMemo } from 'react';
import { shortAddress } from '../ui/format';
import { useChain, type Chain } from './Chain';
import { listInterval, listStaleTime } from './live';
import { newest, toldAfter } from './newest';
import { inStretches } from './stretches';
import { keys } from './keys';

/** An account: where it lies, what it holds, and its bytes (base64) for the program's own rules. */
export type Keyed<T> = T & { address: Address; bytes: string };

/** Every kind of account, by name. */
export type Kinds = {
  protocol: Protocol;
  feeParams: FeeParams;
  governance: Governance;
  mint: MintPolicy;
  provider: Provider;
  offer: Offer;
  lease: Lease;
  participant: Participant;
  lock: VoteLock;
  proposal: Proposal;
  voteRecord: VoteRecord;
};

export type Kind = keyof Kinds;

const KINDS: { [K in Kind]: { discriminator: ReadonlyUint8Array; decoder: Decoder<Kinds[K]> } } = {
  protocol: { discriminator: PROTOCOL_DISCRIMINATOR, decoder: getProtocolDecoder() },
  feeParams: { discriminator: FEE_PARAMS_DISCRIMINATOR, decoder: getFeeParamsDecoder() },
  governance: { discriminator: GOVERNANCE_DISCRIMINATOR, decoder: getGovernanceDecoder() },
  mint: { discriminator: MINT_POLICY_DISCRIMINATOR, decoder: getMintPolicyDecoder() },
  provider: { discriminator: PROVIDER_DISCRIMINATOR, decoder: getProviderDecoder() },
  offer: { discriminator: OFFER_DISCRIMINATOR, decoder: getOfferDecoder() },
  lease: { discriminator: LEASE_DISCRIMINATOR, decoder: getLeaseDecoder() },
  participant: { discriminator: PARTICIPANT_DISCRIMINATOR, decoder: getParticipantDecoder() },
  lock: { discriminator: VOTE_LOCK_DISCRIMINATOR, decoder: getVoteLockDecoder() },
  proposal: { discriminator: PROPOSAL_DISCRIMINATOR, decoder: getProposalDecoder() },
  voteRecord: { discriminator: VOTE_RECORD_DISCRIMINATOR, decoder: getVoteRecordDecoder() },
};

const base64 = getBase64Encoder();

/** What an account with these bytes is, by its discriminator. */
export function kindOf(bytes: ReadonlyUint8Array): Kind | undefined {
  return (Object.keys(KINDS) as Kind[]).find((kind) => containsBytes(bytes, KINDS[kind].discriminator, 0));
}

/** Reads an account's bytes; throws where they are no account of this kind. */
export function read<K extends Kind>(kind: K, address: Address, encoded: string): Keyed<Kinds[K]> {
  const data = base64.encode(encoded) as Uint8Array;
  const account = { address, data, executable: false, lamports: 0n, programAddress: GPU_LEASE_PROGRAM_ADDRESS, space: 0n };
  const decoded = decodeAccount(account as never, KINDS[kind].decoder as Decoder<object>) as { data: Kinds[K] };
  return { ...decoded.data, address, bytes: encoded };
}

/** Where in an account a field lies that lists are filtered by. */
const OFFSETS = {
  'lease.renter': 8n,
  'lease.payer': 40n,
  'lease.provider': 72n,
  'lease.offer': 104n,
  'lease.arbiter': 200n,
  'lease.sessionKey': 528n,
  'offer.provider': 8n,
  'voteRecord.proposal': 8n,
} as const;

export type Filter = { [F in keyof typeof OFFSETS]?: Address };

/** Whether a filter finds an account. */
export const finds = (filter: Filter, account: object): boolean =>
  Object.entries(filter).every(([field, value]) => (account as Record<string, unknown>)[field.split('.')[1]!] === value);

/** The same; `undefined` where they are no account of this kind. */
export function tryRead<K extends Kind>(kind: K, address: Address, encoded: string): Keyed<Kinds[K]> | undefined {
  try {
    return read(kind, address, encoded);
  } catch {
    return undefined;
  }
}

type Found<K extends Kind> = { accounts: Keyed<Kinds[K]>[]; unreadable: number };

/**
 * The accounts that a filter finds, and how many of them cannot be read: those are left out. Those of `known` whose bytes
 * are the same stay as they are, and are not read again.
 */
async function list<K extends Kind>({ rpc }: Chain, queries: QueryClient, kind: K, filter: Filter, known: readonly Keyed<Kinds[K]>[] = []): Promise<Found<K>> {
  const memcmp = (offset: bigint, bytes: string) => ({
    memcmp: { offset, bytes: bytes as Base58EncodedBytes, encoding: 'base58' as const },
  });
  const filters = [
    memcmp(0n, getBase58Decoder().decode(KINDS[kind].discriminator)),
    ...Object.entries(filter).map(([field, value]) =>
      memcmp(OFFSETS[field as keyof typeof OFFSETS], getBase58Decoder().decode(getAddressEncoder().encode(value))),
    ),
  ];
  const { context, value } = await rpc
    .getProgramAccounts(GPU_LEASE_PROGRAM_ADDRESS, { encoding: 'base64', commitment: 'confirmed', filters, withContext: true })
    .send();
  const found = new Map<Address, string | null>();
  for (const { pubkey, account } of value) {
    const [encoded] = account.data as [Base64EncodedBytes, string];
    if (account.owner === GPU_LEASE_PROGRAM_ADDRESS) found.set(pubkey, newest(queries, pubkey, context.slot, encoded));
  }
  for (const [address, encoded] of toldAfter(queries, context.slot)) found.set(address, encoded);
  const before = new Map(known.map((account) => [account.address, account]));
  const accounts = new Map<Address, Keyed<Kinds[K]>>();
  const unreadable = new Set<Address>();
  const take = ([address, encoded]: [Address, string | null]) => {
    accounts.delete(address);
    unreadable.delete(address);
    const same = before.get(address);
    if (same && same.bytes === encoded) return void accounts.set(address, same);
    // A node may ignore what it was asked to filter by.
    if (encoded === null || kindOf(base64.encode(encoded)) !== kind) return;
    const account = tryRead(kind, address, encoded);
    if (!account) unreadable.add(address);
    else if (finds(filter, account)) accounts.set(address, account);
  };
  await inStretches(found, take);
  // What was told while they were read is newer than they are.
  toldAfter(queries, context.slot).filter(([address, encoded]) => found.get(address) !== encoded).forEach(take);
  return { accounts: [...accounts.values()], unreadable: unreadable.size };
}

async function one<K extends Kind>({ rpc }: Chain, queries: QueryClient, kind: K, address: Address): Promise<Keyed<Kinds[K]> | null> {
  const { context, value } = await rpc.getAccountInfo(address, { encoding: 'base64', commitment: 'confirmed' }).send();
  const answered = value?.owner === GPU_LEASE_PROGRAM_ADDRESS ? (value.data as [Base64EncodedBytes, string])[0] : null;
  const encoded = newest(queries, address, context.slot, answered);
  if (encoded === null) return null;
  return kindOf(base64.encode(encoded)) === kind ? read(kind, address, encoded) : null;
}

/** All accounts of a kind, or those that a filter finds. */
export const listOptions = <K extends Kind>(chain: Chain, kind: K, filter: Filter = {}) =>
  queryOptions({
    queryKey: keys.list(kind, filter),
    // What has not changed is the same object already; looking for it through all accounts takes long.
    structuralSharing: (before, after) =>
      Array.isArray(before) && Array.isArray(after) && before.length === after.length && after.every((item, i) => item === before[i]) ? before : after,
    queryFn: async ({ client, queryKey }) => {
      const { accounts, unreadable } = await list(chain, client, kind, filter, client.getQueryData(queryKey));
      client.setQueryData(keys.unreadable(kind, filter), unreadable);
      return accounts;
    },
    refetchInterval: ({ state }) => listInterval(state.data?.length ?? 0),
    staleTime: ({ state }) => listStaleTime(state.data?.length ?? 0),
  });

/** The account at an address; `null` where there is none of this kind. */
export const accountOptions = <K extends Kind>(chain: Chain, kind: K, address: Address) =>
  queryOptions({ queryKey: keys.account(kind, address), queryFn: ({ client }) => one(chain, client, kind, address) });

export function useAccounts<K extends Kind>(kind: K, filter: Filter = {}, enabled = true) {
  return useQuery({ ...listOptions(useChain(), kind, filter), enabled });
}

/** How many accounts of a list that was read could not be read. */
export const useUnreadable = (kind: Kind, filter: Filter = {}): number =>
  useQuery({ queryKey: keys.unreadable(kind, filter), queryFn: skipToken, initialData: 0 }).data ?? 0;

export function useAccount<K extends Kind>(kind: K, address: Address | undefined) {
  const chain = useChain();
  return useQuery({ ...accountOptions(chain, kind, address ?? GPU_LEASE_PROGRAM_ADDRESS), enabled: address !== undefined });
}

/** The one account of a kind that there is one of. */
function useSingleton<K extends 'protocol' | 'feeParams' | 'governance'>(kind: K): Keyed<Kinds[K]> {
  const { data } = useSuspenseQuery(listOptions(useChain(), kind));
  const [account] = data as Keyed<Kinds[K]>[];
  if (!account) throw new Error('The program is not set up on this cluster yet; its deployer has to run the migrations.');
  return account;
}

export const useProtocol = () => useSingleton('protocol');
export const useFeeParams = () => useSingleton('feeParams');
export const useGovernance = () => useSingleton('governance');

/** One function, so that the map is another only when a mint is. */
const byMint = (mints: Keyed<MintPolicy>[]) => new Map(mints.map((mint) => [mint.mint, mint]));

/** The accepted mints, by address. */
export const useMints = (): ReadonlyMap<Address, Keyed<MintPolicy>> => useSuspenseQuery({ ...listOptions(useChain(), 'mint'), select: byMint }).data;

/**
 * An accepted mint with its name. `rank` is its place among those that `cluster.json` names: anybody can have a mint
 * accepted, so one that it does not name comes after all others and is marked; it has the rank `UNNAMED`.
 */
export type Token = Pick<MintPolicy, 'mint' | 'decimals' | 'tokenProgram' | 'feeVault'> & { symbol: string; rank: number };

export const UNNAMED = Infinity;

/** Named mints in the order of `cluster.json`, then the others, each beside its own. */
export const byRank = (a: Token, b: Token): number => (a.rank === b.rank ? (a.mint < b.mint ? -1 : a.mint > b.mint ? 1 : 0) : a.rank < b.rank ? -1 : 1);

/** The accepted mints with their names, by address; those that are named come first. */
export function useTokens(): ReadonlyMap<Address, Token> {
  const { cluster } = useChain();
  const mints = useMints();
  return useMemo(() => {
    const names = Object.keys(cluster.tokens ?? {});
    const tokens = [...mints.values()].map((policy): Token => {
      const rank = names.indexOf(policy.mint);
      return { ...policy, symbol: cluster.tokens?.[policy.mint] ?? shortAddress(policy.mint), rank: rank < 0 ? UNNAMED : rank };
    });
    return new Map(tokens.sort(byRank).map((token) => [token.mint, token]));
  }, [cluster, mints]);
}

export function useToken(mint: Address): Token {
  const token = useTokens().get(mint);
  if (!token) throw new Error(`The mint ${mint} is not registered with the program.`);
  return token;
}
