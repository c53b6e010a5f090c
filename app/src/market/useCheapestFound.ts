import { useQueries } from '@tanstack/react-query';
import { useMemo } from 'react';
import { chosenOptions, useTokens } from '../chain/accounts';
import { useChain } from '../chain/Chain';
import { rowOf, type Row } from '../listing/row';
import { mintsOf, nameOf } from './indexed';
import { cheapest, type Search } from './search';
import { foundOptions, STALE, useSettled } from './useIndexedRows';

/** Cheapest offers of a currency that are looked at: some of them may have been rented since. */
const CANDIDATES = 5;

/** The cheapest that an indexer finds for the reader's needs, of each currency that has a name. */
export function useCheapestFound(search: Search): Row[] | undefined {
  const chain = useChain();
  const tokens = useTokens();
  const settled = useSettled(search);
  const searches = useMemo(
    () =>
      mintsOf(settled, chain.cluster).map((mint): Search => ({
        ...settled,
        mint,
        order: 'price',
        descending: false,
        all: false,
      })),
    [settled, chain],
  );
  const found = useQueries({
    queries: searches.map((search) => ({
      ...foundOptions(chain, search, CANDIDATES),
      refetchInterval: STALE,
    })),
  });
  const offers = useQueries({
    queries: searches.map((search, i) => ({
      ...chosenOptions(chain, 'offer', nameOf(search, chain.cluster, CANDIDATES)),
      enabled: found[i]?.data !== undefined,
    })),
  }).flatMap(({ data }) => data ?? []);
  if (found.some(({ isPending }) => isPending)) return undefined;
  const rows = offers.flatMap((offer) => {
    const token = tokens.get(offer.terms.mint);
    return token ? [rowOf(offer, undefined, token)] : [];
  });
  return cheapest(rows, { ...settled, reliability: 0 });
}
