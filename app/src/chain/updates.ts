// Keeps the queries of `accounts.ts` current: the node tells of every change of an account of the program.

import type { QueryClient } from '@tanstack/react-query';
import { getBase64Encoder, type Address, type Base64EncodedBytes } from '@solana/kit';
import { GPU_LEASE_PROGRAM_ADDRESS } from '../generated';
import { kindOf, read, type Stored } from './accounts';
import type { Chain } from './Chain';

const base64 = getBase64Encoder();

/** What a change of one account means for the queries. */
export function apply(queries: QueryClient, address: Address, encoded: string) {
  void queries.invalidateQueries({ queryKey: ['history', address] });
  const kind = kindOf(base64.encode(encoded));
  if (!kind) {
    // The account is gone. Only what showed it is asked again.
    const showed = (data: unknown) =>
      Array.isArray(data) ? data.some((item) => item.address === address) : (data as Stored<object>)?.address === address;
    void queries.invalidateQueries({ queryKey: ['accounts'], predicate: ({ state }) => showed(state.data) });
    return;
  }
  const account = read(kind, address, encoded);
  queries.setQueriesData<Stored<object> | null>({ queryKey: ['accounts', kind, 'one', address] }, () => account);
  for (const [key, items] of queries.getQueriesData<Stored<object>[]>({ queryKey: ['accounts', kind, 'list'] })) {
    if (items?.some((item) => item.address === address))
      queries.setQueryData(key, items.map((item) => (item.address === address ? account : item)));
    // A new one: which lists it belongs to, the node knows.
    else void queries.invalidateQueries({ queryKey: key });
  }
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

