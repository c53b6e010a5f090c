// Keeps the queries of `accounts.ts` current: the node tells of every change of an account of the program.

import type { QueryClient } from '@tanstack/react-query';
import { getBase64Encoder, type Address, type Base64EncodedBytes } from '@solana/kit';
import { GPU_LEASE_PROGRAM_ADDRESS } from '../generated';
import { finds, kindOf, tryRead, type Filter, type Stored } from './accounts';
import type { Chain } from './Chain';

const base64 = getBase64Encoder();

/** What a change of one account means for the queries. */
export function apply(queries: QueryClient, address: Address, encoded: string) {
  void queries.invalidateQueries({ queryKey: ['history', address] });
  const change = changeOf(queries, address, encoded);
  change();
  // What is being read just now may have been read before the change.
  for (const reading of queries.getQueryCache().findAll({ queryKey: ['accounts'], fetchStatus: 'fetching' })) void reading.promise?.then(change, () => {});
}

function changeOf(queries: QueryClient, address: Address, encoded: string): () => void {
  const kind = kindOf(base64.encode(encoded));
  if (!kind) return () => forget(queries, address);
  const account = tryRead(kind, address, encoded);
  if (!account) return () => forget(queries, address);
  const isIt = (item: Stored<object>) => item.address === address;
  return () => {
    queries.setQueriesData({ queryKey: ['accounts', kind, 'one', address] }, () => account);
    for (const [key, items] of queries.getQueriesData<Stored<object>[]>({ queryKey: ['accounts', kind, 'list'] })) {
      if (!items) continue;
      const known = items.some(isIt);
      const belongs = finds(key[3] as Filter, account);
      if (known && belongs) queries.setQueryData(key, items.map((item) => (isIt(item) ? account : item)));
      else if (belongs) queries.setQueryData(key, [...items, account]);
      else if (known) queries.setQueryData(key, items.filter((item) => !isIt(item)));
    }
  };
}

/** The account is gone. Only what showed it is asked again. */
function forget(queries: QueryClient, address: Address) {
  const showed = (data: unknown) =>
    Array.isArray(data) ? data.some((item) => item.address === address) : (data as Stored<object> | null | undefined)?.address === address;
  void queries.invalidateQueries({ queryKey: ['accounts'], predicate: ({ state }) => showed(state.data) });
}

/** Listens until `signal` is aborted; after an interruption everything is asked anew. */
export async function listen({ subscriptions }: Chain, queries: QueryClient, signal: AbortSignal) {
  let isFirst = true;
  while (!signal.aborted) {
    try {
      const notifications = await subscriptions
        .programNotifications(GPU_LEASE_PROGRAM_ADDRESS, { encoding: 'base64', commitment: 'confirmed' })
        .subscribe({ abortSignal: signal });
      if (!isFirst) void queries.invalidateQueries();
      isFirst = false;
      for await (const { value } of notifications)
        apply(queries, value.pubkey, (value.account.data as [Base64EncodedBytes, string])[0]);
    } catch (error) {
      if (signal.aborted) return;
      console.warn('the subscription ended', error);
    }
    isFirst = false;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}

