import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useChain } from '../chain/Chain';
import { keys } from '../chain/keys';
import { readingOf, type Reading } from '../ui/reading';
import { part, type Reads } from './answer';
import { ask, pathWith, type Query } from './ask';
import { useStanding } from './useIndexer';

/** What was asked of an indexer, which there may be none of. */
export type FromIndexer<T> = {
  hasOne: boolean;
  reading: Reading<T>;
  /** Slots that it is behind. */
  behind: bigint | undefined;
};

type Options = { query?: Query; enabled?: boolean };

/** How long an answer needs no asking, milliseconds; what is shown of the past hardly changes. */
const STALE = 30_000;

/** Nothing is asked before it is known that the indexer is of this cluster. */
function useAsking(enabled: boolean) {
  const { cluster } = useChain();
  const standing = useStanding();
  return {
    url: cluster.indexer ?? '',
    hasOne: cluster.indexer !== undefined,
    behind: standing.data?.behind,
    mayAsk: enabled && standing.data !== undefined && !standing.isError,
    standing,
  };
}

function told<T>(
  { hasOne, behind, standing }: ReturnType<typeof useAsking>,
  answer: Reading<T>,
): FromIndexer<T> {
  const { error, isError, refetch } = standing;
  return {
    hasOne,
    behind,
    reading: {
      ...answer,
      error: error ?? answer.error,
      isFetching: standing.isFetching || answer.isFetching,
      isFailed: isError || answer.isFailed,
      // Of an indexer that turned out to be another's nothing is shown.
      data: isError && error?.name === 'Foreign' ? undefined : answer.data,
      again: () => (isError ? void refetch() : answer.again()),
    },
  };
}

/** An answer of the indexer. */
export function useIndexed<T>(
  path: string,
  reads: Reads<T>,
  { query, enabled = true }: Options = {},
): FromIndexer<T> {
  const asking = useAsking(enabled);
  const answer = useQuery({
    queryKey: keys.indexed(pathWith(path, query)),
    queryFn: () => ask(asking.url, path, reads, query),
    enabled: asking.mayAsk,
    staleTime: STALE,
  });
  return told(asking, readingOf(answer));
}

export type ListFromIndexer<T> = FromIndexer<T[]> & {
  hasMore: boolean;
  isReadingMore: boolean;
  showMore: () => void;
};

/** A list of the indexer, page by page. */
export function useIndexedList<T>(
  path: string,
  reads: Reads<T>,
  { query, enabled = true }: Options = {},
): ListFromIndexer<T> {
  const asking = useAsking(enabled);
  const answer = useInfiniteQuery({
    queryKey: keys.indexed(pathWith(`${path}…`, query)),
    queryFn: ({ pageParam }) =>
      ask(asking.url, path, part(reads), { ...query, ...(pageParam ? { after: pageParam } : {}) }),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
    enabled: asking.mayAsk,
    staleTime: STALE,
    refetchInterval: false,
    select: ({ pages }) => pages.flatMap(({ items }) => items),
  });
  return {
    ...told(asking, readingOf(answer)),
    hasMore: answer.hasNextPage,
    isReadingMore: answer.isFetchingNextPage,
    showMore: () => void answer.fetchNextPage(),
  };
}
