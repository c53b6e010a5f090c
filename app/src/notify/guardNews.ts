// What somebody's guard has told, as news.

import type { GuardStatus } from '../chain/guard';
import type { News, Watched } from './news';

const TITLES = new Map(
  Object.entries({
    watched: 'Your guard watches a lease',
    accepted: 'The machine is as it was offered',
    notAccepted: 'The machine is not as it was offered',
    unreachable: 'The machine does not answer',
    reached: 'The machine answers again',
    otherCards: 'The machine has other cards',
    withheld: 'More is reported than was delivered',
    disputed: 'Your guard disputed a claim',
    toppedUp: 'Your guard topped up a lease',
    runwayLow: 'The deposit runs out soon',
    budgetSpent: 'Your guard’s budget is spent',
    walletLow: 'Your guard’s wallet is nearly empty',
    expired: 'Your guard ended a silent lease',
    closed: 'A lease is closed',
    asked: 'Your guard asks you',
    failed: 'Something failed for your guard',
  }),
);

/** What a guard has told since the reader asked for news, about itself and about the leases that the reader rents or pays for. */
export function guardNewsOf(guard: GuardStatus, watched: readonly Watched[], since: bigint): News[] {
  const isOurs = ({ roles }: Watched) =>
    roles.some((role) => ['renter', 'payer', 'sessionKey'].includes(role));
  const ours = new Set(watched.filter(isOurs).map(({ address }) => address));
  return guard.news
    .filter(({ at, lease }) => at >= since && (lease === null || ours.has(lease)))
    .map(({ at, kind, lease, openedSlot, text }) => ({
      id: `guard ${kind} ${lease ?? ''} ${openedSlot ?? ''} ${at} ${text}`,
      lease,
      title: TITLES.get(kind) ?? 'Your guard tells',
      body: text,
    }));
}
