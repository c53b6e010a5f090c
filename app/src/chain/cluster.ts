import { GPU_LEASE_PROGRAM_ADDRESS } from 'gpu-lease';

export type Shown = 'address' | 'transaction';

/** Addresses of web pages, in which `{}` stands for what is looked up. */
export type Explorer = Record<Shown, string>;

/** The cluster that the page works on. It is described by `cluster.json`, which is next to the page. */
export type Cluster = {
  /** `local`, or as Solana calls it: `devnet`, `testnet`, `mainnet`. */
  name: string;
  rpcUrl: string;
  wsUrl: string;
  /** How mints are called, by their address. */
  tokens?: Record<string, string>;
  /** Shows addresses and transactions; the usual one of a public cluster where nothing is said. */
  explorer?: Explorer | 'none';
  /** Where the project's documentation is on the web, as `docs/` is in its sources. */
  docs?: string;
  /** Accounts of the built-in wallet. Only a local validator's page has any. */
  developmentWallet?: { name: string; secret: string }[];
  /** Where records of what was delivered are: below it, each by the address of its lease. */
  records?: string;
  /** Where a guard tells of the leases that it watches. */
  guard?: string;
  /** Where an indexer is that remembers what happened, such as `http://127.0.0.1:9485`. */
  indexer?: string;
  /** Offers whose leases an agent starts by itself, where that is known. */
  servedOffers?: string[];
};

/** The cluster's name in the Wallet Standard. */
export const walletChain = (cluster: Cluster) =>
  cluster.name === 'local'
    ? ('solana:localnet' as const)
    : (`solana:${cluster.name}` as `${string}:${string}`);

/** Whether the leases of an offer are known to start by themselves. */
export const isServed = (cluster: Cluster, offer: string) => cluster.servedOffers?.includes(offer) ?? false;

export const isLocal = (cluster: Cluster) => cluster.name === 'local';

/** Reads `cluster.json`, which index.html has the browser load beforehand; throws a sentence if that does not work. */
export async function loadCluster(): Promise<Cluster> {
  const response = await fetch('./cluster.json').catch(() => undefined);
  if (!response?.ok)
    throw new Error('cluster.json is missing next to this page; it says which cluster to work on.');
  const described = (await response.json()) as Cluster & { programId?: string };
  if (!described.name || !described.rpcUrl || !described.wsUrl)
    throw new Error('cluster.json needs a name, an rpcUrl and a wsUrl.');
  if (described.programId && described.programId !== GPU_LEASE_PROGRAM_ADDRESS)
    throw new Error(
      `This page is for the program ${GPU_LEASE_PROGRAM_ADDRESS}, cluster.json names ${described.programId}.`,
    );
  return described;
}
