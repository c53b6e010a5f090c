import type { ReactNode } from 'react';
import { Callout, Skeleton } from '../ui/Blocks';
import { Button } from '../ui/Button';
import { formatError } from './formatError';
import { formatMoney, formatTime } from '../ui/format';
import type { Reading } from '../ui/reading';

type Props<T> = {
  of: Reading<T>;
  /** What is read, in words: `your leases`. */
  what: string;
  /** What is shown while it is read. */
  waiting?: ReactNode;
  children: (data: T) => ReactNode;
};

/** Shows what was read, and never anything else in its place: while it is read a placeholder, and where that failed why. What was read before stays, marked as such. */
export function Read<T>({ of: reading, what, waiting = <Skeleton />, children }: Props<T>) {
  const { data, isFailed } = reading;
  return (
    <>
      {isFailed && <Failed of={reading} what={what} />}
      {data !== undefined ? children(data) : !isFailed && waiting}
    </>
  );
}

/** That something could not be read, why, and since when what is shown holds. */
export function Failed({
  of: { data, error, isFetching, readAt, again },
  what,
}: {
  of: Reading<unknown>;
  what: string;
}) {
  return (
    <Callout
      tone="risk"
      action={
        <Button small disabled={isFetching} onClick={again}>
          {isFetching ? 'Trying again …' : 'Try again'}
        </Button>
      }
    >
      <strong>
        {capital(what)} could not be read{data !== undefined && ' again'}.
      </strong>{' '}
      {error ? formatError(error) : null}
      {data !== undefined && ` What you see is from ${formatTime(BigInt(Math.floor(readAt / 1_000)))}.`}
    </Callout>
  );
}

/** What somebody has, under a field for an amount; or that it is not known. */
export function balanceHint(
  { data, isFailed }: Reading<bigint>,
  token: { decimals: number; symbol: string },
  who: string,
): string | undefined {
  if (data === undefined)
    return isFailed
      ? `What ${who.toLowerCase()} has could not be read, so it is not compared with this.`
      : undefined;
  return `${who} has ${formatMoney(data, token)}${isFailed ? ', when last read' : ''}.`;
}

const capital = (words: string) => `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
