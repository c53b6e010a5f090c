import { Lateness } from '../indexer/Lateness';
import { formatError } from '../onchain/formatError';
import { Callout } from '../ui/Blocks';
import { Button } from '../ui/Button';
import type { Offering } from './useOffering';

/** That an indexer does not find the offers, or not the newest. */
export function IndexerNote({ offering: { error, indexed, behind, again } }: { offering: Offering }) {
  if (error)
    return (
      <Callout
        action={
          <Button small onClick={again}>
            Try again
          </Button>
        }
      >
        {formatError(error)}{' '}
        {indexed
          ? 'More offers than these are not found until then.'
          : 'All offers are read from the node instead, which takes longer.'}
      </Callout>
    );
  return (
    <Lateness behind={indexed ? behind : undefined}>
      Offers that were listed since are not found yet; what is shown is as it is now.
    </Lateness>
  );
}
