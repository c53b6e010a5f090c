import type { ReactNode } from 'react';
import { formatError } from '../onchain/formatError';
import { Read } from '../onchain/Read';
import { Actions, Callout, Skeleton } from '../ui/Blocks';
import { Button } from '../ui/Button';
import { Lateness } from './Lateness';
import type { FromIndexer, ListFromIndexer } from './useIndexed';

type Props<T> = {
  of: FromIndexer<T>;
  /** What is read, in words: `your past leases`. */
  what: string;
  /** What is missing here without an indexer, in a sentence. */
  without: ReactNode;
  waiting?: ReactNode;
  children: (data: T) => ReactNode;
};

/** Shows what an indexer tells; where there is none, or none that can be relied on, what is missing. */
export function Indexed<T>({ of: { hasOne, reading, behind }, what, without, waiting, children }: Props<T>) {
  if (!hasOne) return <Callout>{without}</Callout>;
  if (reading.error instanceof Error && reading.error.name === 'Foreign')
    return (
      <Callout tone="risk">
        {formatError(reading.error)} {without}
      </Callout>
    );
  return (
    <>
      {reading.data !== undefined && (
        <Lateness behind={behind}>What happened since is missing here.</Lateness>
      )}
      <Read of={reading} what={what} waiting={waiting ?? <Skeleton lines={4} />}>
        {children}
      </Read>
      {reading.isFailed && reading.data === undefined && <p>{without}</p>}
    </>
  );
}

/** Reads the next page of a list. */
export const MoreOf = ({ of: { hasMore, isReadingMore, showMore } }: { of: ListFromIndexer<unknown> }) =>
  hasMore && (
    <Actions>
      <Button small disabled={isReadingMore} onClick={showMore}>
        {isReadingMore ? 'Reading …' : 'Show more'}
      </Button>
    </Actions>
  );
