import type { Lease } from 'gpu-lease';
import type { LeaseOutlook } from 'gpu-lease/rules';

export type Milestone = { name: string; at: bigint; note?: string };

/** How long it took from the opening of a lease to its start, seconds. The cluster's clock shows whole ones: it took no more. */
export const readyAfter = ({ openedAt, startedAt }: Pick<Lease, 'openedAt' | 'startedAt'>): bigint =>
  startedAt > openedAt ? startedAt - openedAt : 1n;

/** The moments of a lease's life in their order. */
export function milestones(
  lease: Pick<Lease, 'openedAt' | 'startDeadline' | 'startedAt' | 'endsAt' | 'meter'>,
  outlook: LeaseOutlook,
): Milestone[] {
  const { openedAt, startDeadline, startedAt, endsAt, meter } = lease;
  const opened = { name: 'Opened', at: openedAt };
  if (startedAt === 0n)
    return [opened, { name: 'Start by', at: startDeadline, note: 'otherwise the deposit goes back' }];
  const { fundedUntil, expirableFrom, graceEndsAt, endReason, dispute } = outlook;
  const between: Milestone[] = [{ name: 'Reported until', at: meter.windowEnd }];
  if (fundedUntil < endsAt) between.push({ name: 'Funded until', at: fundedUntil });
  if (expirableFrom !== null && expirableFrom < endsAt)
    between.push({ name: 'Silent too long', at: expirableFrom, note: 'the renter may end it then' });
  if (dispute) between.push({ name: 'Arbiter decides by', at: dispute.deadline });
  const end = { name: 'Ends', at: endsAt, ...(endReason === 'completed' ? {} : { note: endReason }) };
  const grace = { name: 'Last report', at: graceEndsAt, note: 'can be closed after this' };
  return [opened, { name: 'Started', at: startedAt }, ...between, end, grace].sort((a, b) =>
    a.at < b.at ? -1 : a.at > b.at ? 1 : 0,
  );
}
