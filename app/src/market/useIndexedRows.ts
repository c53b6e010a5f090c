import { keepPreviousData, queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { chosenOptions, useTokens } from '../chain/accounts';
import { useChain, type Chain } from '../chain/Chain';
import { keys } from '../chain/keys';
import { useStanding } from '../indexer/useIndexer';
import { rowOf, type Row } from '../listing/row';
import { findMore, FIRST, mintsOf, nameOf, type Place } from './indexed';
import { find, type Search } from './search';

/** Milliseconds for which what was found is not looked for again: what is shown of it is current anyway. */
export const STALE = 60_000;

/** The offers that an indexer finds first: where there are more of them. The offers themselves are where `useRowsOf` reads them. */
export const foundOptions = (chain: Chain, search: Search, limit?: number) =>
  queryOptions({
    queryKey: keys.offers(nameOf(search, chain.cluster, limit)),
    queryFn: async ({ client }): Promise<{ search: Search; next: Place | null }> => ({
      search,
      next: await findMore(chain, client, search, FIRST, limit),
    }),
    staleTime: STALE,
    refetchInterval: false,
  });

/** Milliseconds without a key until what was typed is asked for. */
const PAUSE = 250;

/** What is looked for, once the reader pauses. */
export function useSettled(search: Search): Search {
  const [settled, settle] = useState(search);
  useEffect(() => {
    const typed = setTimeout(() => settle(search), PAUSE);
    return () => clearTimeout(typed);
  }, [search]);
  return settled;
}

/** Rows of what was found, by what the node says of it. */
export function useRowsOf(search: Search, enabled: boolean, limit?: number): Row[] {
  const chain = useChain();
  const tokens = useTokens();
  const name = nameOf(search, chain.cluster, limit);
  const { data: offers } = useQuery({ ...chosenOptions(chain, 'offer', name), enabled });
  const { data: providers } = useQuery({ ...chosenOptions(chain, 'provider', name), enabled });
  return useMemo(() => {
    const byAddress = new Map(providers?.map((provider) => [provider.address, provider]));
    return (offers ?? []).flatMap((offer) => {
      const token = tokens.get(offer.terms.mint);
      return token ? [rowOf(offer, byAddress.get(offer.provider), token)] : [];
    });
  }, [offers, providers, tokens]);
}

/** The offers that an indexer finds for a search. `isOff` where there is none, or where it cannot be relied on. */
export function useIndexedRows(wanted: Search) {
  const search = useSettled(wanted);
  const chain = useChain();
  const queries = useQueryClient();
  const hasOne = chain.cluster.indexer !== undefined;
  const standing = useStanding();
  const options = foundOptions(chain, search);
  const found = useQuery({ ...options, enabled: hasOne, placeholderData: keepPreviousData });
  // While it looks for something else, what it found before stays.
  const shown = found.data?.search ?? search;
  const rows = useRowsOf(shown, found.data !== undefined);
  const [more, setMore] = useState<{ isReading: boolean; error: unknown }>();
  useEffect(() => setMore(undefined), [search]);
  const next = found.data?.next;
  const showMore = async () => {
    if (!next || more?.isReading || found.isPlaceholderData) return;
    setMore({ isReading: true, error: null });
    const error: unknown = await findMore(chain, queries, search, next).then(
      (next) => void queries.setQueryData(options.queryKey, { search, next }),
      (error: unknown) => error,
    );
    setMore({ isReading: false, error: error ?? null });
  };
  return {
    isOff: !hasOne || standing.isError || (found.isError && !found.data),
    /** Why, where there is one. */
    error: hasOne ? (standing.error ?? found.error ?? more?.error ?? null) : null,
    behind: standing.data?.behind,
    isRead: found.data !== undefined,
    rows: useMemo(
      // Currency by currency, as they were looked through.
      () =>
        mintsOf(wanted, chain.cluster).flatMap((mint) =>
          find(mint === '' ? rows : rows.filter(({ token }) => token.mint === mint), wanted),
        ),
      [rows, wanted, chain],
    ),
    hasMore: next != null,
    isReadingMore: more?.isReading ?? false,
    hasFailed: more?.error != null,
    showMore: () => void showMore(),
    again: () => void (standing.refetch(), found.refetch(), setMore(undefined)),
  };
}
