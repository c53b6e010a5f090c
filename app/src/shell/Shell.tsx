import { QueryErrorResetBoundary, useQuery, useQueryClient } from '@tanstack/react-query';
import { Suspense, useEffect, useLayoutEffect, useRef, useState, type ComponentType } from 'react';
import type { Address } from '@solana/kit';
import { NavLink, Outlet, useLocation, useNavigationType } from 'react-router';
import { useChain } from '../chain/Chain';
import { useClock } from '../chain/clock';
import { clusterOptions } from '../chain/domain';
import { reconnect } from '../chain/live';
import { Callout, Skeleton } from '../ui/Blocks';
import { Button } from '../ui/Button';
import { keepFocus } from '../ui/focus';
import { useKept, useKeepsNothing } from '../ui/kept';
import { beginView, useViewName } from '../ui/title';
import { ClusterMenu } from './ClusterMenu';
import { ErrorBoundary } from './ErrorBoundary';
import styles from './Shell.module.css';
import { ThemeMenu } from './ThemeMenu';
import { useWallets } from '../wallet/Wallets';
import { WalletMenu } from './WalletMenu';
import { Welcome } from './Welcome';

const VIEWS = [
  ['/', 'Market'],
  ['/leases', 'Leases'],
  ['/provider', 'Provider'],
  ['/governance', 'Governance'],
] as const;

type Props = {
  /** Answers about the view that is open. */
  Help: ComponentType<{ onClose: () => void }>;
  /** Tells an account what happens to its leases, from `since` on. */
  Notifications: ComponentType<{ account: Address; since: bigint }>;
};

/** What is around every view. What its rooms bring is handed in, so that it depends on none of them. */
export function Shell({ Help, Notifications }: Props) {
  const chain = useChain();
  const queries = useQueryClient();
  const clock = useClock();
  const keepsNothing = useKeepsNothing();
  const { data: foreign } = useQuery(clusterOptions(chain));
  const { pathname, search } = useLocation();
  const { account } = useWallets();
  const notifySince = useKept('notify')?.match(/^\d+$/)?.[0];
  const [isHelping, setHelping] = useState(false);
  const main = useRef<HTMLElement>(null);

  useEffect(() => {
    const abort = new AbortController();
    // It is loaded after what shows the market.
    void import('../chain/updates')
      .then(({ listen }) => listen(chain, queries, abort.signal))
      .catch(console.warn);
    return () => abort.abort();
  }, [chain, queries]);

  useEffect(keepFocus, []);

  // What follows a link goes on in the view that it led to.
  const isBack = useNavigationType() === 'POP';
  const shown = useRef(pathname);
  useLayoutEffect(() => {
    beginView(
      VIEWS.find(([path]) => path !== '/' && pathname.startsWith(path))?.[1] ??
        (pathname === '/' ? 'Market' : 'gpu-lease'),
    );
    if (shown.current === pathname) return;
    shown.current = pathname;
    main.current?.focus({ preventScroll: true });
    if (!isBack) window.scrollTo(0, 0);
  }, [pathname, isBack]);

  // What failed while the cluster did not answer is asked for again once it does.
  const isDown = clock.isError;
  const wasDown = useRef(false);
  useEffect(() => {
    if (wasDown.current && !isDown) {
      reconnect();
      void queries.refetchQueries({ type: 'active', predicate: ({ state }) => state.status === 'error' });
    }
    wasDown.current = isDown;
  }, [isDown, queries]);
  const { refetch } = clock;
  useEffect(() => {
    const changed = () => {
      void refetch();
      if (navigator.onLine) reconnect();
    };
    for (const event of ['online', 'offline']) window.addEventListener(event, changed);
    return () => ['online', 'offline'].forEach((event) => window.removeEventListener(event, changed));
  }, [refetch]);

  return (
    <>
      <Announcer />
      <header className={styles.header}>
        <a
          className={styles.skip}
          href={`#${pathname}${search}`}
          onClick={(event) => {
            event.preventDefault();
            main.current?.focus();
          }}
        >
          Skip to the content
        </a>
        <div className={styles.bar}>
          <NavLink to="/" className={styles.name}>
            <img src="./icon.svg" alt="" width="24" height="24" />
            <span>gpu-lease</span>
          </NavLink>
          <nav className={styles.nav} aria-label="Views">
            {VIEWS.map(([path, name]) => (
              <NavLink key={path} to={path} end={path === '/'}>
                {name}
              </NavLink>
            ))}
          </nav>
          <div className={styles.menus}>
            <Button look="plain" small aria-label="Help" onClick={() => setHelping(true)}>
              ?
            </Button>
            <ClusterMenu isDown={isDown} />
            <ThemeMenu />
            <WalletMenu />
          </div>
        </div>
      </header>
      <main ref={main} className={styles.main} tabIndex={-1}>
        {clock.isError && (
          <Callout
            tone="risk"
            action={
              <Button small onClick={() => void clock.refetch()}>
                Try now
              </Button>
            }
          >
            <strong>{navigator.onLine ? 'The cluster does not answer.' : 'You are offline.'}</strong> What you
            see is what the cluster last said. The page continues by itself when it is back.
          </Callout>
        )}
        <Welcome />
        {keepsNothing && (
          <Callout>
            This browser keeps nothing for this page: your theme, wallet and pending transactions are
            forgotten when you close it. Allow it to store site data to keep them.
          </Callout>
        )}
        {foreign && <Callout tone="risk">{foreign}</Callout>}
        <QueryErrorResetBoundary>
          {({ reset }) => (
            <ErrorBoundary key={pathname} onReset={reset} answeredAt={clock.dataUpdatedAt}>
              <Suspense fallback={<Skeleton lines={8} />}>
                <Outlet />
              </Suspense>
            </ErrorBoundary>
          )}
        </QueryErrorResetBoundary>
      </main>
      <footer className={styles.footer}>
        Nothing here is audited. Use no more money than you can afford to lose.
      </footer>
      <Suspense>
        {isHelping && <Help onClose={() => setHelping(false)} />}
        {account && notifySince && (
          <Notifications key={account.address} account={account.address} since={BigInt(notifySince)} />
        )}
      </Suspense>
    </>
  );
}

/** Tells those who hear the page which view they came to. */
const Announcer = () => (
  <p className="visually-hidden" aria-live="polite">
    {useViewName()}
  </p>
);
