import { useEffect, useState } from 'react';
import { useAccounts, useTokens, useUnreadable } from '../chain/accounts';
import { inStretches } from '../chain/stretches';
import { together, type Reading } from '../ui/reading';
import { rowOf, type Row } from '../listing/row';

/** Rows that were made, by their offers. One is made again when its offer, provider or token changes, not with every change of another. */
const made = new WeakMap<Row['offer'], Row>();

export type Rows = {
  rows: Row[];
  /** Offers that there are, but no row of: they cannot be read, or are in a currency that is not registered. */
  leftOut: number;
};

/** A row for each offer, and whether they have been read: all that the node has. */
export function useRows(enabled: boolean): Reading<Rows> {
  const read = {
    offers: useAccounts('offer', {}, enabled),
    providers: useAccounts('provider', {}, enabled),
  };
  const [offers, providers] = [read.offers.data, read.providers.data];
  const unreadable = useUnreadable('offer');
  const tokens = useTokens();
  const [found, setFound] = useState<Rows>();
  useEffect(() => {
    if (!offers || !providers) return;
    const abort = new AbortController();
    const byAddress = new Map(providers.map((provider) => [provider.address, provider]));
    const rows: Row[] = [];
    const add = (offer: Row['offer']) => {
      const token = tokens.get(offer.terms.mint);
      if (!token) return;
      const provider = byAddress.get(offer.provider);
      const before = made.get(offer);
      const row =
        before?.provider === provider && before?.token === token ? before : rowOf(offer, provider, token);
      made.set(offer, row);
      rows.push(row);
    };
    void inStretches(offers, add, abort.signal).then(
      () => abort.signal.aborted || setFound({ rows, leftOut: offers.length - rows.length + unreadable }),
    );
    return () => abort.abort();
  }, [offers, providers, tokens, unreadable]);
  return { ...together(read), data: found };
}
