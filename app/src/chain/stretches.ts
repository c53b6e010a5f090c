// Long work in short stretches: between two of them the page scrolls and takes keys.

/** How long one stretch lasts, milliseconds. */
const STRETCH = 12;

/** Lets everything else have its turn. A timer would do too, but browsers slow those of pages in the background down. */
const pause = (): Promise<void> => {
  const { scheduler } = globalThis as { scheduler?: { yield?: () => Promise<void> } };
  return scheduler?.yield?.() ?? new Promise((resolve) => setTimeout(resolve));
};

/** Does `work` for each item in their order; stops when `signal` is aborted. */
export async function inStretches<T>(
  items: Iterable<T>,
  work: (item: T) => void,
  signal?: AbortSignal,
): Promise<void> {
  let begun = performance.now();
  for (const item of items) {
    if (performance.now() - begun >= STRETCH) {
      await pause();
      begun = performance.now();
    }
    if (signal?.aborted) return;
    work(item);
  }
}
