// What the reader chose, kept by the browser; where it keeps nothing, for as long as the page is open.

import { useSyncExternalStore } from 'react';

const PREFIX = 'gpu-lease:';
const otherwise = new Map<string, string>();
const listeners = new Set<() => void>();

export function kept(name: string): string | null {
  try {
    return localStorage.getItem(PREFIX + name) ?? otherwise.get(name) ?? null;
  } catch {
    return otherwise.get(name) ?? null;
  }
}

/** Keeps a text under a name; `null` forgets it. */
export function keep(name: string, text: string | null) {
  otherwise.delete(name);
  try {
    if (text === null) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, text);
  } catch {
    if (text !== null) otherwise.set(name, text);
  }
  listeners.forEach((listener) => listener());
}

/** A list of texts; none where something else is kept. */
export function keptList(name: string): string[] {
  try {
    const list: unknown = JSON.parse(kept(name) ?? '[]');
    return Array.isArray(list) ? list.filter((text) => typeof text === 'string') : [];
  } catch {
    return [];
  }
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  window.addEventListener('storage', listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener('storage', listener);
  };
};

/** What is kept under a name, by this tab or another. */
export const useKept = (name: string) => useSyncExternalStore(subscribe, () => kept(name));
