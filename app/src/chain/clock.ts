// The cluster's clock for views. It is read every few seconds and runs on by itself in between.

import { useQuery } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { now, syncClock } from 'gpu-lease';
import { afterFirst } from '../ui/first';
import { useChain } from './Chain';
import { keys } from './keys';

/** What views show as now. It moves between renders only: a render that takes longer than a second would otherwise never end. */
let shown = now();
const listeners = new Set<() => void>();

const tick = () => {
  shown = now();
  listeners.forEach((listener) => listener());
};
setInterval(tick, 1_000);

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};

/** The cluster's time, unix seconds; changes every second. */
export const useNow = (): bigint => useSyncExternalStore(subscribe, () => shown);

/** Keeps the clock right. Whether the cluster answers is the query's state. */
export function useClock() {
  const chain = useChain();
  return useQuery({
    queryKey: keys.clock,
    queryFn: async () => {
      await afterFirst();
      const before = now();
      const clock = await syncClock(chain);
      // Only when it was moved: otherwise it would tick twice in a second.
      if (now() - before > 1n || now() < before) tick();
      return clock;
    },
    refetchInterval: 4_000,
    retry: false,
  });
}
