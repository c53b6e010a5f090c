// Links to an explorer, which shows any address and transaction of a public cluster.

import type { Cluster, Explorer, Shown } from './cluster';

const solana = (query: string): Explorer => ({
  address: `https://explorer.solana.com/address/{}${query}`,
  transaction: `https://explorer.solana.com/tx/{}${query}`,
});

/** What is used where `cluster.json` says nothing. A cluster of one's own is in no explorer. */
const USUAL: Record<string, Explorer> = {
  mainnet: solana(''),
  testnet: solana('?cluster=testnet'),
  devnet: solana('?cluster=devnet'),
};

/** Where an explorer shows it; `undefined` where the cluster has none. */
export function explorerLink(
  { name, explorer = USUAL[name] }: Pick<Cluster, 'name' | 'explorer'>,
  what: Shown,
  id: string,
): string | undefined {
  const page = explorer && explorer !== 'none' ? explorer[what] : undefined;
  const link = page?.replace('{}', encodeURIComponent(id));
  return link && /^https?:\/\//i.test(link) ? link : undefined;
}
