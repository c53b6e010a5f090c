import { gapWords } from '../chain/gaps';
import type { AccountHistory } from '../chain/useHistory';
import { Actions, Callout } from '../ui/Blocks';
import { Button } from '../ui/Button';
import { formatError } from '../onchain/formatError';
import { Time } from '../ui/Values';

/** What is left out of a history, from when on it is shown, and how to see more of it. */
export function HistoryFoot({
  of: { history, showOlder, isReadingOlder, olderError, fillGaps },
}: {
  of: AccountHistory;
}) {
  const { data } = history;
  if (!data) return null;
  const first = data.entries[0];
  return (
    <>
      {data.gaps.length > 0 && (
        <Callout
          action={
            <Button small disabled={history.isFetching} onClick={fillGaps}>
              Try again
            </Button>
          }
        >
          {gapWords(data.gaps)}
        </Callout>
      )}
      {!data.isWhole && !data.hasOlder && (
        <Callout>
          The node does not have what happened before {first ? <Time at={first.time} /> : 'now'}.
        </Callout>
      )}
      {data.hasOlder && (
        <Actions>
          <Button small disabled={isReadingOlder} onClick={showOlder}>
            {isReadingOlder ? 'Reading …' : 'Show older'}
          </Button>
          {first && (
            <small>
              Shown since <Time at={first.time} />.
            </small>
          )}
        </Actions>
      )}
      {olderError !== null && (
        <Callout tone="risk">What happened before could not be read. {formatError(olderError)}</Callout>
      )}
    </>
  );
}
