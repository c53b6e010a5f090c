// Keeps the queries of `accounts.ts` current: the node tells of every change of an account of the program.

import type { QueryClient } from '@tanstack/react-query';
import {
  createSolanaRpcSubscriptions,
  getBase64Encoder,
  type Address,
  type Base64EncodedBytes,
  type RpcSubscriptions,
  type SolanaRpcSubscriptionsApi,
} from '@solana/kit';
import { finds, GPU_LEASE_PROGRAM_ADDRESS, kindOf, tryReadAccount, type Filter, type Keyed } from 'gpu-lease';
import type { Chain } from './Chain';
import { pause, setLive } from './live';
import { newest } from './newest';
import { LIVE, keys } from './keys';

const base64 = getBase64Encoder();

/** What a change of one account, told by a slot, means for the queries. */
export function apply(queries: QueryClient, address: Address, slot: bigint, encoded: string) {
  void queries.invalidateQueries({ queryKey: keys.history(address) });
  if (newest(queries, address, slot, encoded) !== encoded) return;
  const kind = kindOf(base64.encode(encoded));
  const account = kind && tryReadAccount(kind, address, encoded);
  if (!account) return forget(queries, address);
  const isIt = (item: Keyed<object>) => item.address === address;
  queries.setQueriesData({ queryKey: keys.account(kind, address) }, () => account);
  for (const [key, items] of queries.getQueriesData<Keyed<object>[]>({ queryKey: keys.lists(kind) })) {
    if (!items) continue;
    const known = items.some(isIt);
    const belongs = finds(key[3] as Filter, account);
    if (known && belongs)
      queries.setQueryData(
        key,
        items.map((item) => (isIt(item) ? account : item)),
      );
    else if (belongs) queries.setQueryData(key, [...items, account]);
    else if (known)
      queries.setQueryData(
        key,
        items.filter((item) => !isIt(item)),
      );
  }
  for (const [key, items] of queries.getQueriesData<Keyed<object>[]>({ queryKey: keys.allChosen(kind) }))
    if (items?.some(isIt))
      queries.setQueryData(
        key,
        items.map((item) => (isIt(item) ? account : item)),
      );
}

/** The account is gone. Only what showed it is asked again. */
function forget(queries: QueryClient, address: Address) {
  const showed = (data: unknown) =>
    Array.isArray(data)
      ? data.some((item) => item.address === address)
      : (data as Keyed<object> | null | undefined)?.address === address;
  void queries.invalidateQueries({ queryKey: keys.accounts, predicate: ({ state }) => showed(state.data) });
}

type Subscriptions = Pick<RpcSubscriptions<SolanaRpcSubscriptionsApi>, 'programNotifications'>;

const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 15_000;

/** Listens until `signal` is aborted. After an interruption it connects again, ever more patiently, and everything is asked for once. */
export async function listen(
  { cluster }: Pick<Chain, 'cluster'>,
  queries: QueryClient,
  signal: AbortSignal,
  subscriptionsTo: (url: string) => Subscriptions = createSolanaRpcSubscriptions,
  wait = pause,
) {
  for (let length = FIRST_PAUSE, isFirst = true; !signal.aborted; isFirst = false) {
    try {
      // A client that has failed to connect repeats that failure without trying again: each attempt takes a new one.
      const notifications = await subscriptionsTo(cluster.wsUrl)
        .programNotifications(GPU_LEASE_PROGRAM_ADDRESS, { encoding: 'base64', commitment: 'confirmed' })
        .subscribe({ abortSignal: signal });
      setLive(true);
      length = FIRST_PAUSE;
      if (!isFirst) for (const queryKey of LIVE) void queries.invalidateQueries({ queryKey });
      for await (const { context, value } of notifications)
        apply(queries, value.pubkey, context.slot, (value.account.data as [Base64EncodedBytes, string])[0]);
    } catch (error) {
      if (!signal.aborted) console.warn('the subscription ended', error);
    }
    setLive(false);
    if (signal.aborted) return;
    await wait(length * (0.5 + Math.random() / 2), signal);
    length = Math.min(2 * length, LONGEST_PAUSE);
  }
}
