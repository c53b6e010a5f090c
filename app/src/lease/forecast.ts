/** A lease whose deposit ends within this time needs attention, seconds. */
const SOON = 2n * 3_600n;

type Times = { now: bigint; fundedUntil: bigint; endsAt: bigint; usedUpAt: bigint | null };

/** Whether a deposit lasts until the end, for now, or not for long. */
export function forecast({ now, fundedUntil, endsAt, usedUpAt }: Times): 'covered' | 'partly' | 'soon' {
  if (fundedUntil >= endsAt) return 'covered';
  const until = usedUpAt ?? fundedUntil;
  return until < endsAt && until - now <= SOON ? 'soon' : 'partly';
}
