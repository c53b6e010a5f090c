import './shell/first.css';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import type { Kind } from 'gpu-lease';
import { chainOf, ChainProvider } from './chain/Chain';
import { loadCluster } from './chain/cluster';
import { listOptions } from './chain/accounts';
import { afterFirst, readFirst } from './ui/first';
import { Router } from './router';
import { isMarket, searchOf } from './market/search';
import { foundOptions } from './market/useIndexedRows';
import { ReviewProvider } from './shell/ReviewProvider';
import { ToastsProvider } from './ui/Toasts';
import { formatError } from './onchain/formatError';
import { WalletsProvider } from './wallet/Wallets';

const root = document.getElementById('root')!;

const queries = new QueryClient({
  // Changes come by subscription; asking again now and then is for what a subscription may miss. The transport tries
  // again by itself. A browser that takes itself for offline may still reach a node of its own machine.
  defaultOptions: {
    queries: {
      staleTime: 20_000,
      refetchInterval: 30_000,
      retry: false,
      refetchOnReconnect: true,
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
});

/** What all offers take, and what takes the place of it where an indexer finds them. */
const FIRST = { all: ['offer', 'mintPolicy', 'provider'], found: ['mintPolicy'] } as const;

try {
  // Browsers give cryptography to pages over https alone, and to those of this machine.
  if (!globalThis.crypto?.subtle)
    throw new Error(
      'This page needs https: over plain http, browsers do not let pages sign or check anything. Open it with https://, or on this machine as http://localhost.',
    );
  const cluster = await loadCluster();
  const chain = chainOf(cluster);
  // All that the market's rows show is asked for at once, before any view is there to ask.
  if (isMarket(location.hash))
    readFirst(
      Promise.all([
        ...FIRST[cluster.indexer ? 'found' : 'all'].map((kind) =>
          queries.prefetchQuery<unknown>(listOptions<Kind>(chain, kind) as never),
        ),
        ...(cluster.indexer ? [queries.prefetchQuery(foundOptions(chain, searchOf(location.hash)))] : []),
      ]),
    );
  if (cluster.developmentWallet)
    void afterFirst()
      .then(() => import('./wallet/development'))
      .then(({ registerDevelopmentWallet }) => registerDevelopmentWallet(cluster));
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <ChainProvider chain={chain}>
          <WalletsProvider>
            <ToastsProvider>
              <ReviewProvider>
                <Router />
              </ReviewProvider>
            </ToastsProvider>
          </WalletsProvider>
        </ChainProvider>
      </QueryClientProvider>
    </StrictMode>,
  );
} catch (error) {
  root.textContent = formatError(error);
}
