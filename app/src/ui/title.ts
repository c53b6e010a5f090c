// What the page is called: in the browser's tab, and to those who hear it.

import { useEffect, useSyncExternalStore } from 'react';

let name = '';
let count = 0;
const listeners = new Set<() => void>();

export const titleOf = (name: string, count: number) =>
  `${count > 0 ? `(${count}) ` : ''}${name} · gpu-lease`;

const show = (shown: string) => {
  document.title = titleOf(shown, count);
};

/** Calls the page so while a view is still being read; nobody is told yet. */
export function beginView(general: string) {
  name = '';
  show(general);
  listeners.forEach((listener) => listener());
}

/** Calls the page by the view that is shown. Nothing, where there is no `view`. */
export function useTitle(view: string | undefined) {
  useEffect(() => {
    if (view === undefined) return;
    name = view;
    show(view);
    listeners.forEach((listener) => listener());
  }, [view]);
}

/** Puts a number of news before the title. */
export function countInTitle(news: number) {
  document.title = titleOf(document.title.replace(/^\(\d+\) /, '').replace(/ · gpu-lease$/, ''), news);
  count = news;
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};

/** The view that is shown, once it is there. */
export const useViewName = () => useSyncExternalStore(subscribe, () => name);
