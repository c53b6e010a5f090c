import { createSolanaRpcFromTransport, type Rpc, type SolanaRpcApi } from '@solana/kit';
import { createContext, use, type ReactNode } from 'react';
import { transportTo } from 'gpu-lease';
import type { Cluster } from './cluster';

/** The cluster, and how to talk to it. */
export type Chain = {
  cluster: Cluster;
  rpc: Rpc<SolanaRpcApi>;
};

const Context = createContext<Chain | null>(null);

/** How to talk to a cluster. */
export const chainOf = (cluster: Cluster): Chain => ({
  cluster,
  rpc: createSolanaRpcFromTransport(transportTo(cluster.rpcUrl)),
});

export const ChainProvider = ({ chain, children }: { chain: Chain; children: ReactNode }) => (
  <Context value={chain}>{children}</Context>
);

/** The chain of this page. */
export function useChain(): Chain {
  const chain = use(Context);
  if (!chain) throw new Error('no ChainProvider');
  return chain;
}
