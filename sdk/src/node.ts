import { createSolanaRpcFromTransport, type Rpc, type SolanaRpcApi } from '@solana/kit';
import { transportTo } from './transport';

/** How a node of the cluster is asked. */
export type Node = { rpc: Rpc<SolanaRpcApi> };

/** A node that is asked again, after a pause, where it is overloaded or has a fault. */
export const connect = (url: string): Node => ({ rpc: createSolanaRpcFromTransport(transportTo(url)) });
