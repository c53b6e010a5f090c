// What was asked of the chain is in one of three states: being read, read, or failed. What failed is not empty, so
// nothing here gives a value that was not read.

/** What a query of TanStack knows of its answer. */
export type Reading<T> = {
  data: T | undefined;
  error: unknown;
  isFetching: boolean;
  /** It failed since it was last read, or has never been read. */
  isFailed: boolean;
  /** When it was last read, milliseconds. */
  readAt: number;
  again: () => void;
};

type Query<T> = {
  data: T | undefined;
  error: unknown;
  isError: boolean;
  isFetching: boolean;
  errorUpdateCount: number;
  dataUpdatedAt: number;
  refetch: () => unknown;
};

/** A query that has never answered is failed while it is asked again, too: its place does not flicker. */
export const readingOf = <T>(query: Query<T>): Reading<T> => ({
  data: query.data,
  error: query.error,
  isFetching: query.isFetching,
  isFailed: query.isError || (query.data === undefined && query.errorUpdateCount > 0),
  readAt: query.dataUpdatedAt,
  again: () => void query.refetch(),
});

type Parts = Record<string, Query<unknown>>;

/** Several queries as one: read once all are, failed if any is, as old as the oldest. */
export function together<P extends Parts>(
  parts: P,
): Reading<{ [K in keyof P]: Exclude<P[K]['data'], undefined> }> {
  const readings = Object.values(parts).map(readingOf);
  const failed = readings.filter(({ isFailed }) => isFailed);
  const isRead = readings.every(({ data }) => data !== undefined);
  return {
    data: isRead
      ? (Object.fromEntries(Object.entries(parts).map(([name, { data }]) => [name, data])) as never)
      : undefined,
    error: failed.find(({ error }) => error)?.error ?? null,
    isFetching: readings.some(({ isFetching }) => isFetching),
    isFailed: failed.length > 0,
    readAt: Math.min(...readings.map(({ readAt }) => readAt)),
    again: () => failed.forEach(({ again }) => again()),
  };
}

/** The same reading of something made of its answer. */
export const mapped = <T, U>(reading: Reading<T>, make: (data: T) => U): Reading<U> => ({
  ...reading,
  data: reading.data === undefined ? undefined : make(reading.data),
});
