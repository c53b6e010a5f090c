// What somebody wants to hear of when the page is not looked at.

import type { LeaseOutlook, Role } from 'gpu-lease/rules';
import { formatDuration, formatGpuHours, shortAddress } from '../ui/format';
import { forecast } from '../outlook/forecast';

/** A lease that the reader has a part in, and how it stands. */
export type Watched = {
  address: string;
  startedAt: bigint;
  deposited: bigint;
  /** End of the last report. */
  reportedUntil: bigint;
  heartbeatTimeout: number;
  outlook: Pick<
    LeaseOutlook,
    'phase' | 'fundedUntil' | 'usedUpAt' | 'endsAt' | 'claimMaturesAt' | 'expirableFrom' | 'usage'
  >;
  roles: readonly Role[];
};

/** Something to be told, once: the same news has the same `id`, in every tab and after every reload. About no lease: `null`. */
export type News = { id: string; lease: string | null; title: string; body: string };

/** A report is due when a third of the silence that a renter accepts is left, and not less than this, seconds. */
const LEAST_WARNING = 300;

/** What there is to tell at `now` to somebody who asked for it at `since`. */
export function newsOf(watched: readonly Watched[], now: bigint, since: bigint): News[] {
  return watched.flatMap(
    ({ address, startedAt, deposited, reportedUntil, heartbeatTimeout, outlook, roles }) => {
      const { phase, fundedUntil, usedUpAt, endsAt, claimMaturesAt, expirableFrom, usage } = outlook;
      const lease = `Lease ${shortAddress(address)}`;
      const runs = phase === 'running' || phase === 'exhausted';
      const acts = (...as: Role[]) => as.some((role) => roles.includes(role));
      const isOurs = acts('renter', 'payer');
      const news: News[] = [];
      const tell = (kind: string, of: bigint, title: string, body: string) =>
        news.push({ id: `${kind} ${address} ${of}`, lease: address, title, body });

      if (acts('renter') && runs && startedAt >= since)
        tell(
          'started',
          startedAt,
          'Your GPUs are ready',
          `${lease} has started. The credentials are on its page.`,
        );
      if (isOurs && phase === 'exhausted')
        tell(
          'empty',
          deposited,
          'The deposit is used up',
          `${lease}: the provider may stop. Top up to keep the GPUs.`,
        );
      if (isOurs && phase === 'running' && forecast({ now, fundedUntil, endsAt, usedUpAt }) === 'soon')
        tell(
          'funds',
          deposited,
          'The deposit runs out soon',
          `${lease} is funded for ${formatDuration((usedUpAt ?? fundedUntil) - now)} more. Top up to keep the GPUs.`,
        );
      if (acts('renter', 'sessionKey') && claimMaturesAt !== null && claimMaturesAt > now)
        tell(
          'claim',
          claimMaturesAt,
          'The provider reported usage',
          `${lease}: ${formatGpuHours(usage.claimed)} GPU-h in total. It is final in ${formatDuration(claimMaturesAt - now)} unless you dispute it.`,
        );
      const warning = BigInt(Math.max(LEAST_WARNING, Math.floor(heartbeatTimeout / 3)));
      if (acts('provider', 'operator') && runs && expirableFrom !== null && expirableFrom - now <= warning)
        tell(
          'heartbeat',
          reportedUntil,
          'A usage report is due',
          expirableFrom > now
            ? `${lease}: report usage within ${formatDuration(expirableFrom - now)}, or the renter may end it.`
            : `${lease}: the renter may end it now. Report usage.`,
        );
      return news;
    },
  );
}
