import { useNow } from '../chain/clock';
import { dateOf, formatRelative, formatTime, formatUtc } from '../ui/format';

/** A moment as seen from now, by the cluster's clock; it moves on by itself. */
export function Relative({ at }: { at: bigint }) {
  const now = useNow();
  return (
    <time dateTime={dateOf(at)?.toISOString()} title={`${formatTime(at)}, ${formatUtc(at)}`}>
      {formatRelative(at, now)}
    </time>
  );
}
