// What is on chain, as queries: every kind of account that the program has, kept current by `updates.ts`.

import type { Address } from '@solana/kit';
import { queryOptions, skipToken, useQuery, useSuspenseQuery, type QueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import {
  collecting,
  encodedAccount,
  encodedAccounts,
  encodedAccountsAt,
  GPU_LEASE_PROGRAM_ADDRESS,
  ofKind,
  type Filter,
  type Found,
  type Keyed,
  type Kind,
  type Kinds,
  type MintPolicy,
} from 'gpu-lease';
import { shortAddress } from '../ui/format';
import { useChain, type Chain } from './Chain';
import { keys } from './keys';
import { listInterval, listStaleTime } from './live';
import { newest, toldAfter } from './newest';
import { inStretches } from './stretches';

/** A list, with what subscriptions told of its accounts. */
async function list<K extends Kind>(
  chain: Chain,
  queries: QueryClient,
  kind: K,
  filter: Filter,
  known: readonly Keyed<Kinds[K]>[] = [],
): Promise<Found<K>> {
  const { slot, accounts } = await encodedAccounts(chain, kind, filter);
  const newer = new Map<Address, string | null>(
    [...accounts].map(([address, encoded]) => [address, newest(queries, address, slot, encoded)]),
  );
  for (const [address, encoded] of toldAfter(queries, slot)) newer.set(address, encoded);
  const { take, found } = collecting(kind, filter, known);
  await inStretches(newer, take);
  // What was told while they were read is newer than they are.
  toldAfter(queries, slot)
    .filter(([address, encoded]) => newer.get(address) !== encoded)
    .forEach(take);
  return found();
}

async function one<K extends Kind>(
  chain: Chain,
  queries: QueryClient,
  kind: K,
  address: Address,
): Promise<Keyed<Kinds[K]> | null> {
  const { slot, encoded } = await encodedAccount(chain, address);
  return ofKind(kind, address, newest(queries, address, slot, encoded));
}

/** All accounts of a kind, or those that a filter finds. */
export const listOptions = <K extends Kind>(chain: Chain, kind: K, filter: Filter = {}) =>
  queryOptions({
    queryKey: keys.list(kind, filter),
    // What has not changed is the same object already; looking for it through all accounts takes long.
    structuralSharing: (before, after) =>
      Array.isArray(before) &&
      Array.isArray(after) &&
      before.length === after.length &&
      after.every((item, i) => item === before[i])
        ? before
        : after,
    queryFn: async ({ client, queryKey }) => {
      const { accounts, unreadable } = await list(chain, client, kind, filter, client.getQueryData(queryKey));
      client.setQueryData(keys.unreadable(kind, filter), unreadable);
      return accounts;
    },
    refetchInterval: ({ state }) => listInterval(state.data?.length ?? 0),
    staleTime: ({ state }) => listStaleTime(state.data?.length ?? 0),
  });

/** Those of a kind that a node has at some addresses, in their order; what is gone, or cannot be read, is left out. */
export async function readAt<K extends Kind>(
  chain: Chain,
  queries: QueryClient,
  kind: K,
  addresses: readonly Address[],
): Promise<Keyed<Kinds[K]>[]> {
  const { slot, accounts } = await encodedAccountsAt(chain, addresses);
  const { take, found } = collecting(kind);
  for (const address of addresses)
    take([address, newest(queries, address, slot, accounts.get(address) ?? null)]);
  return found().accounts;
}

/** Accounts that somebody chose, and whose place `readAt` filled first: kept current, without any that is gone. */
export const chosenOptions = <K extends Kind>(chain: Chain, kind: K, by: readonly unknown[]) =>
  queryOptions({
    queryKey: keys.chosen(kind, by),
    queryFn: ({ client, queryKey }) =>
      readAt(
        chain,
        client,
        kind,
        client.getQueryData<Keyed<Kinds[K]>[]>(queryKey)?.map(({ address }) => address) ?? [],
      ),
    refetchInterval: ({ state }) => listInterval(state.data?.length ?? 0),
    staleTime: ({ state }) => listStaleTime(state.data?.length ?? 0),
    // Longer than who chose them is remembered.
    gcTime: 600_000,
  });

/** The account at an address; `null` where there is none of this kind. */
export const accountOptions = <K extends Kind>(chain: Chain, kind: K, address: Address) =>
  queryOptions({
    queryKey: keys.account(kind, address),
    queryFn: ({ client }) => one(chain, client, kind, address),
  });

export function useAccounts<K extends Kind>(kind: K, filter: Filter = {}, enabled = true) {
  return useQuery({ ...listOptions(useChain(), kind, filter), enabled });
}

/** How many accounts of a list that was read could not be read. */
export const useUnreadable = (kind: Kind, filter: Filter = {}): number =>
  useQuery({ queryKey: keys.unreadable(kind, filter), queryFn: skipToken, initialData: 0 }).data ?? 0;

export function useAccount<K extends Kind>(kind: K, address: Address | undefined) {
  const chain = useChain();
  return useQuery({
    ...accountOptions(chain, kind, address ?? GPU_LEASE_PROGRAM_ADDRESS),
    enabled: address !== undefined,
  });
}

/** The one account of a kind that there is one of. */
function useSingleton<K extends 'protocol' | 'feeParams' | 'governance'>(kind: K): Keyed<Kinds[K]> {
  const { data } = useSuspenseQuery(listOptions(useChain(), kind));
  const [account] = data as Keyed<Kinds[K]>[];
  if (!account)
    throw new Error('The program is not set up on this cluster yet; its deployer has to run the migrations.');
  return account;
}

export const useProtocol = () => useSingleton('protocol');
export const useFeeParams = () => useSingleton('feeParams');
export const useGovernance = () => useSingleton('governance');

/** One function, so that the map is another only when a mint is. */
const byMint = (mints: Keyed<MintPolicy>[]) => new Map(mints.map((mint) => [mint.mint, mint]));

/** The accepted mints, by address. */
export const useMints = (): ReadonlyMap<Address, Keyed<MintPolicy>> =>
  useSuspenseQuery({ ...listOptions(useChain(), 'mintPolicy'), select: byMint }).data;

/**
 * An accepted mint with its name. `rank` is its place among those that `cluster.json` names: anybody can have a mint
 * accepted, so one that it does not name comes after all others and is marked; it has the rank `UNNAMED`.
 */
export type Token = Pick<MintPolicy, 'mint' | 'decimals' | 'tokenProgram' | 'feeVault'> & {
  symbol: string;
  rank: number;
};

export const UNNAMED = Infinity;

/** Named mints in the order of `cluster.json`, then the others, each beside its own. */
export const byRank = (a: Token, b: Token): number =>
  a.rank === b.rank ? (a.mint < b.mint ? -1 : a.mint > b.mint ? 1 : 0) : a.rank < b.rank ? -1 : 1;

/** The accepted mints with their names, by address; those that are named come first. */
export function useTokens(): ReadonlyMap<Address, Token> {
  const { cluster } = useChain();
  const mints = useMints();
  return useMemo(() => {
    const names = Object.keys(cluster.tokens ?? {});
    const tokens = [...mints.values()].map((policy): Token => {
      const rank = names.indexOf(policy.mint);
      return {
        ...policy,
        symbol: cluster.tokens?.[policy.mint] ?? shortAddress(policy.mint),
        rank: rank < 0 ? UNNAMED : rank,
      };
    });
    return new Map(tokens.sort(byRank).map((token) => [token.mint, token]));
  }, [cluster, mints]);
}

export function useToken(mint: Address): Token {
  const token = useTokens().get(mint);
  if (!token) throw new Error(`The mint ${mint} is not registered with the program.`);
  return token;
}
