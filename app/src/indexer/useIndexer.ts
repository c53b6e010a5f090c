// Whether there is an indexer, whether it is of this cluster, and how far it is.

import type { Address } from '@solana/kit';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { GPU_LEASE_PROGRAM_ADDRESS } from 'gpu-lease';
import { useChain, type Chain } from '../chain/Chain';
import { genesisOptions } from '../chain/domain';
import { keys } from '../chain/keys';
import { afterFirst } from '../ui/first';
import { address, flag, i64, shape, text, u64 } from './answer';
import { ask } from './ask';

export type Progress = {
  genesis_hash: string;
  program: Address;
  finalized_slot: bigint;
  time: bigint;
  /** Whether the record begins with the program. */
  is_complete: boolean;
};

const readsProgress = shape<Progress>({
  genesis_hash: text,
  program: address,
  finalized_slot: u64,
  time: i64,
  is_complete: flag,
});

/** That an indexer is not for this page. */
export class Foreign extends Error {
  override name = 'Foreign';
}

/** How far an indexer is, and how many slots that is behind what the node has finalized. */
export type Standing = Progress & { behind: bigint };

/** Milliseconds from one question to the next. */
const PAUSE = 15_000;

/** Asks an indexer who it is; throws `Foreign` if it is of another cluster or program. */
export async function standing(chain: Chain, url: string, genesis: string): Promise<Standing> {
  const progress = await ask(url, 'progress', readsProgress);
  if (progress.genesis_hash !== genesis)
    throw new Foreign('The indexer is of another cluster, so nothing that it says is shown.');
  if (progress.program !== GPU_LEASE_PROGRAM_ADDRESS)
    throw new Foreign('The indexer is of another program, so nothing that it says is shown.');
  const slot = await chain.rpc.getSlot({ commitment: 'finalized' }).send();
  return { ...progress, behind: slot > progress.finalized_slot ? slot - progress.finalized_slot : 0n };
}

export const standingOptions = (chain: Chain) =>
  queryOptions({
    queryKey: keys.progress,
    queryFn: async ({ client }) => {
      await afterFirst();
      return standing(chain, chain.cluster.indexer!, await client.fetchQuery(genesisOptions(chain)));
    },
    enabled: chain.cluster.indexer !== undefined,
    refetchInterval: PAUSE,
    staleTime: PAUSE,
  });

/** The same, once it is known. */
export const useStanding = () => useQuery(standingOptions(useChain()));
