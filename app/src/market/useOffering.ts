import { useDeferredValue, useMemo } from 'react';
import type { Row } from '../listing/row';
import type { Reading } from '../ui/reading';
import { indexedOrder } from './indexed';
import { find, type Search } from './search';
import { useIndexedRows } from './useIndexedRows';
import { useRows, type Rows } from './useRows';

const NOTHING: Rows = { rows: [], leftOut: 0 };

/** The offers for a search: those that an indexer finds, or all that the node has. */
export type Offering = {
  of: Reading<Rows>;
  /** All that are known. */
  rows: Row[];
  /** Those that meet the search, in its order. */
  found: Row[];
  leftOut: number;
  /** How an indexer goes on, where one finds them. */
  indexed: { hasMore: boolean; isReadingMore: boolean; hasFailed: boolean; showMore: () => void } | undefined;
  /** Why the indexer that there is does not find them, or no more of them. */
  error: unknown;
  /** Slots that the indexer is behind. */
  behind: bigint | undefined;
  again: () => void;
};

/** A search as an indexer can order it: the cheapest first, or the most of anything else. */
const ordered = (search: Search): Search => {
  const order = indexedOrder(search);
  return { ...search, order, descending: order !== 'price' };
};

export function useOffering(search: Search): Offering {
  const known = useMemo(() => ordered(search), [search]);
  const indexed = useIndexedRows(known);
  const whole = useRows(indexed.isOff);
  const { rows, leftOut } = whole.data ?? NOTHING;
  // Typing stays quick while thousands of rows are searched.
  const deferred = useDeferredValue(search);
  const found = useMemo(() => find(rows, deferred), [rows, deferred]);
  const { error, again, behind } = indexed;
  if (indexed.isOff) return { of: whole, rows, found, leftOut, indexed: undefined, error, behind, again };
  return {
    of: {
      data: indexed.isRead ? { rows: indexed.rows, leftOut: 0 } : undefined,
      error: null,
      isFetching: !indexed.isRead,
      isFailed: false,
      readAt: 0,
      again,
    },
    rows: indexed.rows,
    found: indexed.rows,
    leftOut: 0,
    indexed,
    error,
    behind,
    again,
  };
}
