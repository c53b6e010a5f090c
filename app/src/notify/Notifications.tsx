import type { Address } from '@solana/kit';
import { useQueries, type UseQueryResult } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { useLocation } from 'react-router';
import { now, type Keyed, type Kinds } from 'gpu-lease';
import { program } from 'gpu-lease/rules';
import { listOptions, useAccounts } from '../chain/accounts';
import { useChain } from '../chain/Chain';
import { useNow } from '../chain/clock';
import { useGuard, useGuardAddress } from '../chain/guard';
import { actingFor } from '../wallet/acting';
import { keptList, useKept } from '../ui/kept';
import { countInTitle } from '../ui/title';
import { guardNewsOf } from './guardNews';
import { newsOf, type News, type Watched } from './news';
import { claimUntold, markSeen } from './told';

type Lease = Keyed<Kinds['lease']>;
type Part = { lease: Lease; provider: Keyed<Kinds['provider']> };

const dataOf = (results: UseQueryResult<Lease[]>[]) => results.map(({ data }) => data);

/** The view on which news is seen. */
const pathOf = (lease: string | null) => (lease === null ? '/leases' : `/leases/${lease}`);

/** Seconds from one look to the next, and leases that are looked at before the page may do something else. */
const PAUSE = 30n;
const AT_ONCE = 20;

/** Watches the reader's leases, tells what is new, and counts in the title what was not looked at. Shows nothing itself. */
export function Notifications({ account, since }: { account: Address; since: bigint }) {
  const parts = useParts(account);
  const look = useNow() / PAUSE;
  const { pathname } = useLocation();
  const seen = useKept('seen');
  const { data: guard } = useGuard(useGuardAddress());
  const [news, setNews] = useState<News[]>([]);

  useEffect(() => {
    const abort = new AbortController();
    void watch(parts, account, abort.signal).then(
      (watched) =>
        abort.signal.aborted ||
        setNews([...newsOf(watched, now(), since), ...(guard ? guardNewsOf(guard, watched, since) : [])]),
    );
    return () => abort.abort();
  }, [parts, account, since, look, guard]);

  useEffect(() => void tell(news), [news]);

  useEffect(() => {
    if (document.visibilityState === 'visible')
      markSeen(news.filter(({ lease }) => pathname === pathOf(lease)).map(({ id }) => id));
  }, [news, pathname]);

  useEffect(() => {
    const known = new Set(keptList('seen'));
    countInTitle(news.filter(({ id }) => !known.has(id)).length);
    return () => countInTitle(0);
  }, [news, seen]);
  return null;
}

/** Every lease that the account has a part in, with its provider. */
function useParts(account: Address): Part[] {
  const chain = useChain();
  const providers = useAccounts('provider');
  const rented = useAccounts('lease', { 'lease.renter': account });
  const paid = useAccounts('lease', { 'lease.payer': account });
  const guarded = useAccounts('lease', { 'lease.sessionKey': account });
  const acting = useMemo(() => actingFor(providers.data ?? [], account), [providers.data, account]);
  const provided = useQueries({
    queries: acting.map(({ provider }) =>
      listOptions(chain, 'lease', { 'lease.provider': provider.address }),
    ),
    combine: dataOf,
  });
  return useMemo(() => {
    const byAddress = new Map(providers.data?.map((provider) => [provider.address, provider]));
    const leases = new Map(
      [rented.data, paid.data, guarded.data, ...provided].flatMap((list) =>
        (list ?? []).map((lease) => [lease.address, lease] as const),
      ),
    );
    return [...leases.values()].flatMap((lease) => {
      const provider = byAddress.get(lease.provider);
      return provider ? [{ lease, provider }] : [];
    });
  }, [providers.data, rented.data, paid.data, guarded.data, provided]);
}

/** The outlook of each lease, a few at a time. What cannot be read is left out. */
async function watch(parts: readonly Part[], account: Address, signal: AbortSignal): Promise<Watched[]> {
  const watched: Watched[] = [];
  for (const [i, { lease, provider }] of parts.entries()) {
    if (i % AT_ONCE === AT_ONCE - 1) await new Promise((resolve) => setTimeout(resolve));
    if (signal.aborted) return [];
    try {
      watched.push({
        address: lease.address,
        startedAt: lease.startedAt,
        deposited: lease.ledger.deposited,
        reportedUntil: lease.meter.windowEnd,
        heartbeatTimeout: lease.terms.heartbeatTimeout,
        outlook: program().leaseOutlook(lease.bytes, now()),
        roles: program().roles(lease.bytes, provider.bytes, account),
      });
    } catch (error) {
      console.warn(`lease ${lease.address} is not watched`, error);
    }
  }
  return watched;
}

/** Shows what no tab has shown yet. */
async function tell(news: readonly News[]) {
  const untold = await claimUntold(news.map(({ id }) => id));
  for (const { id, lease, title, body } of news.filter(({ id }) => untold.includes(id)))
    try {
      const notification = new Notification(title, { body, tag: id, icon: './icon.svg' });
      notification.addEventListener('click', () => {
        window.focus();
        location.hash = `#${pathOf(lease)}`;
        notification.close();
      });
    } catch (error) {
      // Where notifications take a service worker, the count in the title has to do.
      console.warn('the browser shows no notification', error);
    }
}
