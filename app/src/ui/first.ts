// What the first view shows is read first; whatever can wait is read after it.

let first: Promise<unknown> = Promise.resolve();

/** Once the browser has nothing more urgent to do: it has drawn what was read. Some browsers do not tell. */
const idle = () => new Promise((resolve) => ('requestIdleCallback' in window ? requestIdleCallback(resolve, { timeout: 2_000 }) : setTimeout(resolve, 200)));

/** Says what is read first. */
export const readFirst = (reads: Promise<unknown>) => void (first = reads.catch(() => undefined).then(idle));

/** Once what is read first is there and drawn, or has failed. */
export const afterFirst = (): Promise<unknown> => first;
