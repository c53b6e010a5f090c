import type { Kinds } from 'gpu-lease';
import type { LeaseOutlook } from 'gpu-lease/rules';
import { dateOf } from '../ui/format';

/** A lease whose deposit ends within this time needs attention, seconds. */
const SOON = 2n * 3_600n;

type Times = { now: bigint; fundedUntil: bigint; endsAt: bigint; usedUpAt: bigint | null };

const DAY_IN_WORDS = ['today', 'tomorrow'] as const;

/** A day near enough to be said in a word, by the reader's calendar. */
export function dayInWords(at: bigint, now: bigint): (typeof DAY_IN_WORDS)[number] | undefined {
  const midnight = (moment: bigint, days: number) => {
    const date = dateOf(moment);
    return date && new Date(date.getFullYear(), date.getMonth(), date.getDate() + days).getTime();
  };
  const day = midnight(at, 0);
  return day === undefined ? undefined : DAY_IN_WORDS.find((_, days) => day === midnight(now, days));
}

/** Whether a deposit lasts until the end, for now, or not for long. */
export function forecast({ now, fundedUntil, endsAt, usedUpAt }: Times): 'covered' | 'partly' | 'soon' {
  if (fundedUntil >= endsAt) return 'covered';
  const until = usedUpAt ?? fundedUntil;
  return until < endsAt && until - now <= SOON ? 'soon' : 'partly';
}

type Running = {
  lease: Pick<Kinds['lease'], 'terms'>;
  outlook: Pick<LeaseOutlook, 'resize' | 'endsAt' | 'gpusInUse'>;
};

/**
 * What `more` seconds after the end cost, base units, if every GPU delivers every second: of the GPUs that run then, which
 * are fewer than now where a shrink is under way. Like the program it rounds once, in favour of who pays.
 */
export function priceOfLonger(
  { lease, outlook: { resize, endsAt, gpusInUse } }: Running,
  more: number,
): bigint {
  const longer = BigInt(more);
  const [now, then] = [BigInt(gpusInUse), BigInt(resize?.gpus ?? gpusInUse)];
  const before =
    resize && resize.from > endsAt ? (resize.from - endsAt < longer ? resize.from - endsAt : longer) : 0n;
  return ((before * now + (longer - before) * then) * lease.terms.price) / 3_600n;
}
