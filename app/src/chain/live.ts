// Whether the node tells of changes by itself. Where it does, lists are hardly ever asked for again.

let isLive = false;
const restarts = new Set<() => void>();

export const setLive = (live: boolean) => void (isLive = live);

const MINUTE = 60_000;

/** How often whole lists are asked for again: what a subscription may miss is that an account is gone. */
export const listInterval = () => (isLive ? 10 * MINUTE : MINUTE);
/** How long a list that is opened again needs no asking. */
export const listStaleTime = () => (isLive ? 10 * MINUTE : 20_000);

/** Connects again at once: the network is back. */
export const reconnect = () => restarts.forEach((restart) => restart());

/** Waits until a pause is over or `reconnect` ends it. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      restarts.delete(done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    restarts.add(done);
    signal.addEventListener('abort', done);
  });
}
