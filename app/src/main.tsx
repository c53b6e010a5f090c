import './ui/base.css';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { RouterProvider } from 'react-router/dom';
import { ChainProvider } from './chain/Chain';
import { loadCluster } from './chain/cluster';
import { loadRules } from './rules';
import { router } from './router';
import { ReviewProvider } from './shell/Review';
import { SentProvider } from './shell/Sent';
import { ToastsProvider } from './ui/Toasts';
import { formatError } from './ui/format';
import { registerDevelopmentWallet } from './wallet/development';
import { WalletsProvider } from './wallet/Wallets';

const root = document.getElementById('root')!;

const queries = new QueryClient({
  // Changes come by subscription; asking again now and then is for what a subscription may miss. The transport tries
  // again by itself. A browser that takes itself for offline may still reach a node of its own machine.
  defaultOptions: { queries: { staleTime: 20_000, refetchInterval: 30_000, retry: false, refetchOnReconnect: true, networkMode: 'always' }, mutations: { networkMode: 'always' } },
});

try {
  // Browsers give cryptography to pages over https alone, and to those of this machine.
  if (!globalThis.crypto?.subtle) throw new Error('This page needs https: over plain http the browser lets no page sign or check anything. Open it with https://, or on this machine as http://localhost.');
  const [cluster] = await Promise.all([loadCluster(), loadRules()]);
  await registerDevelopmentWallet(cluster);
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <ChainProvider cluster={cluster}>
          <WalletsProvider>
            <ToastsProvider>
              <SentProvider>
                <ReviewProvider>
                  <RouterProvider router={router} />
                </ReviewProvider>
              </SentProvider>
            </ToastsProvider>
          </WalletsProvider>
        </ChainProvider>
      </QueryClientProvider>
    </StrictMode>,
  );
} catch (error) {
  root.textContent = formatError(error);
}
