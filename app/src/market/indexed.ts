// Which offers an indexer finds for a search. What they ask for is read from the node, as everywhere: an indexer that lies
// can leave out, but not alter.

import type { Address } from '@solana/kit';
import type { QueryClient } from '@tanstack/react-query';
import type { Keyed, Kinds } from 'gpu-lease';
import { readAt } from '../chain/accounts';
import type { Chain } from '../chain/Chain';
import type { Cluster } from '../chain/cluster';
import { keys } from '../chain/keys';
import { address, part, shape } from '../indexer/answer';
import { ask, type Query } from '../indexer/ask';
import { secondsOf, type Order, type Search } from './search';

/** The orders that an indexer knows, each in its one direction. */
export const INDEXED_ORDERS = ['price', 'memory', 'free', 'reliability'] as const satisfies Order[];

export const indexedOrder = (search: Search) =>
  INDEXED_ORDERS.find((order) => order === search.order) ?? 'price';

/** Offers of one page. */
const PAGE = 25;

const readsOffers = part(shape<{ address: Address; provider: Address }>({ address, provider: address }));

/** What an indexer is asked for a search. */
export const queryOf = (search: Search, mint: Address | ''): Query => ({
  order: indexedOrder(search),
  text: search.text.trim() || undefined,
  mint: mint || undefined,
  min_memory_gib: search.memory || undefined,
  ...(search.all ? {} : { open: true, min_free: search.gpus, duration: secondsOf(search) || undefined }),
});

/** Prices say nothing of each other in two mints, so each is looked through for itself: the one that was chosen, or those that have a name. */
export function mintsOf(search: Search, { tokens = {} }: Pick<Cluster, 'tokens'>): (Address | '')[] {
  if (search.mint) return [search.mint];
  const named = Object.keys(tokens) as Address[];
  return named.length > 0 ? named : [''];
}

/** What is looked for, as the place in which what was found is kept. */
export const nameOf = (search: Search, cluster: Cluster, limit = PAGE): unknown[] => [
  limit,
  ...mintsOf(search, cluster).map((mint) => queryOf(search, mint)),
];

/** Where a search goes on: which of the mints, and after what. */
export type Place = { mint: number; after: string | null };

export const FIRST: Place = { mint: 0, after: null };

const unique = <T>(items: T[]) => [...new Set(items)];

type Account = Keyed<Kinds['offer']> | Keyed<Kinds['provider']>;

/** Finds the next offers and puts what the node has of them, and of their providers, to those that were found before; where there are more. */
export async function findMore(
  chain: Chain,
  queries: QueryClient,
  search: Search,
  { mint, after }: Place,
  limit = PAGE,
): Promise<Place | null> {
  const mints = mintsOf(search, chain.cluster);
  const { items, next } = await ask(chain.cluster.indexer!, 'offers', readsOffers, {
    ...queryOf(search, mints[mint] ?? ''),
    limit,
    after: after ?? undefined,
  });
  const place = next
    ? { mint, after: next }
    : mint + 1 < mints.length
      ? { mint: mint + 1, after: null }
      : null;
  const isFirst = mint === 0 && after === null;
  const read = <K extends 'offer' | 'provider'>(kind: K, addresses: Address[]) =>
    readAt(chain, queries, kind, unique(addresses).slice(0, limit));
  const put = (kind: 'offer' | 'provider', more: Account[], isNew: boolean) =>
    queries.setQueryData<Account[]>(keys.chosen(kind, nameOf(search, chain.cluster, limit)), (known = []) => [
      ...new Map([...(isNew ? [] : known), ...more].map((account) => [account.address, account])).values(),
    ]);
  // Both at once; where the indexer names a wrong provider, the one that the offer has is asked for.
  const [offers, claimed] = await Promise.all([
    read(
      'offer',
      items.map(({ address }) => address),
    ),
    read(
      'provider',
      items.map(({ provider }) => provider),
    ),
  ]);
  const missing = offers
    .map(({ provider }) => provider)
    .filter((provider) => !claimed.some(({ address }) => address === provider));
  put('provider', [...claimed, ...(missing.length > 0 ? await read('provider', missing) : [])], isFirst);
  put('offer', offers, isFirst);
  // Nothing in this currency: the reader need not ask for the next.
  return items.length === 0 && place?.after === null ? findMore(chain, queries, search, place, limit) : place;
}
