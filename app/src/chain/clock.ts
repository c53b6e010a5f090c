// The cluster's clock, which all rules go by. It is read every few seconds and runs on by itself in between.

import { fetchSysvarClock } from '@solana/sysvars';
import { useQuery } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { useChain } from './Chain';
import { keys } from './keys';
import { afterFirst } from '../ui/first';

/** How far the cluster's clock is ahead of this machine's, seconds. */
let offset = 0;
const listeners = new Set<() => void>();

const current = () => Math.floor(Date.now() / 1000 + offset);

/** What views show as now. It moves between renders only: a render that takes longer than a second would otherwise never end. */
let shown = current();

const tick = () => {
  shown = current();
  listeners.forEach((listener) => listener());
};
setInterval(tick, 1_000);

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};

/** The cluster's time, unix seconds; changes every second. */
export const useNow = (): bigint => BigInt(useSyncExternalStore(subscribe, () => shown));

/** The cluster's time now. */
export const now = (): bigint => BigInt(current());

/** Keeps the clock right. Whether the cluster answers is the query's state. */
export function useClock() {
  const chain = useChain();
  return useQuery({
    queryKey: keys.clock,
    queryFn: async () => {
      await afterFirst();
      const clock = await fetchSysvarClock(chain.rpc);
      const ahead = Number(clock.unixTimestamp) - Date.now() / 1000;
      // A public cluster's clock steps by the slot; within two seconds it is right already.
      if (Math.abs(ahead - offset) > 2) {
        offset = ahead;
        tick();
      }
      return clock;
    },
    refetchInterval: 4_000,
    retry: false,
  });
}
