// Whether the node is of the cluster that the page is for: one of another would have the reader sign for that one.

import { bytesEqual } from '@solana/kit';
import { queryOptions, type QueryClient } from '@tanstack/react-query';
import { domainOf } from 'gpu-lease';
import { listOptions } from './accounts';
import type { Chain } from './Chain';
import { afterFirst } from '../ui/first';
import { keys } from './keys';

/** How the genesis hashes of the public clusters begin: their references in CAIP-2. */
const PUBLIC: Record<string, string> = {
  mainnet: '5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp',
  testnet: '4uhcVJyU9pJkvQyS88uRDiswHXSCkY3z',
  devnet: 'EtWTRABZaYq6iMfeYKouRu166VU2xqa1',
};

/** The hash of the node's first block, which tells its cluster from all others. */
export const genesisOptions = (chain: Chain) =>
  queryOptions({
    queryKey: keys.genesis,
    staleTime: Infinity,
    refetchInterval: false,
    queryFn: () => chain.rpc.getGenesisHash().send(),
  });

/** Whether node, program and page are of one cluster; else the sentence that says so. Found out once. */
export const clusterOptions = (chain: Chain) =>
  queryOptions({
    queryKey: keys.domain,
    staleTime: Infinity,
    refetchInterval: false,
    queryFn: async ({ client }) => {
      await afterFirst();
      const [genesisHash, [protocol]] = await Promise.all([
        client.fetchQuery(genesisOptions(chain)),
        client.fetchQuery(listOptions(chain, 'protocol')),
      ]);
      const { name } = chain.cluster;
      if (!genesisHash.startsWith(PUBLIC[name] ?? '')) return refusal(`The node is not of ${name}`);
      if (!protocol) return refusal('The program is not set up on the cluster of this node');
      const domain = await domainOf(genesisHash);
      return bytesEqual(domain, protocol.domain)
        ? null
        : refusal('The node is of another cluster than the program was set up on');
    },
  });

const refusal = (what: string) =>
  `${what}, so nothing is signed here. Ask whoever runs this page to correct cluster.json, or open the page elsewhere.`;

/** Throws unless node, program and page are of one cluster. To be asked before anybody signs. */
export async function checkCluster(chain: Chain, queries: QueryClient): Promise<void> {
  const refusal = await queries.fetchQuery(clusterOptions(chain));
  if (refusal !== null) throw new Error(refusal);
}
