import type { Address, Signature } from '@solana/kit';
import { useMutation, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import {
  fetchTransaction,
  historyOf,
  mergedHistory,
  newerHistory,
  olderHistory,
  withoutGaps,
  type Begins,
  type History,
  type HistoryEntry,
  type Known,
} from 'gpu-lease';
import { mapped, readingOf, type Reading } from '../ui/reading';
import { useChain, type Chain } from './Chain';
import { keys } from './keys';

/** What a transaction did never changes: once it is read it is not asked for again. */
const reader = (chain: Chain, queries: QueryClient, address: Address) => (signature: Signature) =>
  queries.fetchQuery<HistoryEntry>({
    queryKey: keys.transaction(address, signature),
    queryFn: () => fetchTransaction(chain, signature, address),
    staleTime: Infinity,
    gcTime: Infinity,
    retry: false,
  });

/** The event that an account's history begins with. */
const BEGINS = {
  lease: (address) => (event) => event.event === 'LeaseOpened' && event.lease === address,
  provider: (address) => (event) => event.event === 'ProviderRegistered' && event.provider === address,
  governance: () => (event) => event.event === 'ProtocolInitialized',
} satisfies Record<string, (address: Address) => Begins>;

export type AccountHistory = {
  history: Reading<History>;
  /** Reads the page before what is shown. */
  showOlder: () => void;
  isReadingOlder: boolean;
  olderError: unknown;
  /** Asks for the gaps again. */
  fillGaps: () => void;
};

/** What happened to an account, from the newest page on. */
export function useHistory(address: Address, what: keyof typeof BEGINS): AccountHistory {
  const chain = useChain();
  const queries = useQueryClient();
  const queryKey = keys.history(address);
  const begins = useMemo(() => BEGINS[what](address), [what, address]);
  const read = reader(chain, queries, address);
  const latest = () => queries.getQueryData<Known>(queryKey);
  const query = useQuery({
    queryKey,
    refetchInterval: 20_000,
    structuralSharing: false,
    queryFn: async () => {
      const before = latest();
      if (!before) return olderHistory(chain, address, begins, read);
      const now = await newerHistory(chain, address, read, before);
      // Meanwhile an older page may have come; if too much happened since, what was known before is left out.
      const isGap =
        before.listed.length > 0 &&
        !now.listed.some(({ signature }) => signature === before.listed[0]!.signature);
      return isGap ? now : mergedHistory(now, latest() ?? now);
    },
  });
  const back = useMutation({
    mutationFn: () => olderHistory(chain, address, begins, read, latest()),
    onSuccess: (known) =>
      queries.setQueryData<Known>(queryKey, (now) => (now ? mergedHistory(now, known) : known)),
  });
  const reading = readingOf(query);
  const history = useMemo(
    () => (query.data ? historyOf(query.data, begins) : undefined),
    [query.data, begins],
  );
  return {
    history: mapped(reading, () => history!),
    showOlder: () => back.mutate(),
    isReadingOlder: back.isPending,
    olderError: back.error,
    fillGaps: () => {
      queries.setQueryData<Known>(queryKey, (known) => known && withoutGaps(known));
      void query.refetch();
    },
  };
}
