import { useQuery } from '@tanstack/react-query';
import type { ComponentType, ReactNode } from 'react';
import { Callout, Skeleton } from './Blocks';
import { Button } from './Button';

/** Whether the page was built again since this one was opened, so that its files have other names. */
async function isOutdated(): Promise<boolean> {
  const entry = document.querySelector<HTMLScriptElement>('script[type=module][src]')?.getAttribute('src');
  const response = await fetch('./', { cache: 'no-store' }).catch(() => undefined);
  return entry != null && response?.ok === true && !(await response.text()).includes(entry);
}

class Outdated extends Error {}

/**
 * A part of the page that is loaded when it is first shown. If that failed, it is tried again; but browsers may remember that a
 * file could not be had, so the reader is asked to load the page again.
 */
export function later<P extends object, K extends string>(
  name: K,
  load: () => Promise<Record<K, ComponentType<P>>>,
  waiting: ReactNode = <Skeleton lines={8} />,
) {
  return function Later(props: P) {
    const part = useQuery({
      queryKey: ['part', name],
      queryFn: async () => {
        try {
          return { Part: (await load())[name] as ComponentType<P> };
        } catch (error) {
          console.warn(error);
          // Without its styles a part is not loaded again by itself: only a new page does that.
          throw (await isOutdated()) || /CSS/.test(String(error)) ? new Outdated() : new Error('not loaded');
        }
      },
      staleTime: Infinity,
      gcTime: Infinity,
      refetchInterval: ({ state }) => (state.data || state.error instanceof Outdated ? false : 5_000),
      retry: 1,
    });
    if (part.data) return <part.data.Part {...props} />;
    if (part.errorUpdateCount === 0) return waiting;
    const isOld = part.error instanceof Outdated;
    return (
      <Callout
        tone="risk"
        action={
          <Button small onClick={() => location.reload()}>
            Load the page again
          </Button>
        }
      >
        {isOld ? (
          <>
            <strong>This page has been updated since you opened it.</strong> Load it again to continue.
          </>
        ) : (
          <>
            <strong>This part of the page could not be loaded.</strong> Check your connection, then load the
            page again.
          </>
        )}
      </Callout>
    );
  };
}
