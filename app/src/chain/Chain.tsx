import {
  createSolanaRpcFromTransport,
  createSolanaRpcSubscriptions,
  type Rpc,
  type RpcSubscriptions,
  type SolanaRpcApi,
  type SolanaRpcSubscriptionsApi,
} from '@solana/kit';
import { createContext, use, useMemo, type ReactNode } from 'react';
import type { Cluster } from './cluster';
import { transportTo } from './transport';

/** The cluster, and how to talk to it. */
export type Chain = {
  cluster: Cluster;
  rpc: Rpc<SolanaRpcApi>;
  subscriptions: RpcSubscriptions<SolanaRpcSubscriptionsApi>;
};

const Context = createContext<Chain | null>(null);

export function ChainProvider({ cluster, children }: { cluster: Cluster; children: ReactNode }) {
  const chain = useMemo(
    () => ({
      cluster,
      rpc: createSolanaRpcFromTransport(transportTo(cluster.rpcUrl)),
      subscriptions: createSolanaRpcSubscriptions(cluster.wsUrl),
    }),
    [cluster],
  );
  return <Context value={chain}>{children}</Context>;
}

/** The chain of this page. */
export function useChain(): Chain {
  const chain = use(Context);
  if (!chain) throw new Error('no ChainProvider');
  return chain;
}
