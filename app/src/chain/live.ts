// Whether the node tells of changes by itself. Where it does, lists are hardly ever asked for again.

let isLive = false;
const restarts = new Set<() => void>();

export const setLive = (live: boolean) => void (isLive = live);

const MINUTE = 60_000;

/** Lists of more accounts than this are long. */
const LONG = 100;

/** How often a list is asked for again. A subscription does not tell that an account is gone; a long list has it ten minutes longer at most, a short one a minute. */
export const listInterval = (length: number) => (isLive && length > LONG ? 10 * MINUTE : MINUTE);
/** How long a list that is opened again needs no asking. */
export const listStaleTime = (length: number) => (isLive ? listInterval(length) : 20_000);

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
