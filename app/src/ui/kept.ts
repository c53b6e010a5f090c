// What this browser keeps for its reader. Where it keeps nothing, or has no room left, it is kept as long as the page is
// open, and the reader is told once. Nothing else in the page touches the browser's storage.

import { useSyncExternalStore } from 'react';

const PREFIX = 'gpu-lease:';
const otherwise = new Map<string, string>();
const listeners = new Set<() => void>();
let hasFailed = false;

const tell = () => listeners.forEach((listener) => listener());

export function kept(name: string): string | null {
  try {
    return otherwise.get(name) ?? localStorage.getItem(PREFIX + name);
  } catch {
    return null;
  }
}

/** Keeps a text under a name; `null` forgets it. False if it is forgotten anyway when the page is closed. */
export function keep(name: string, text: string | null): boolean {
  otherwise.delete(name);
  try {
    if (text === null) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, text);
  } catch {
    if (text !== null) {
      otherwise.set(name, text);
      hasFailed = true;
    }
  }
  tell();
  return !otherwise.has(name);
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

/** Whether something could not be kept beyond this visit. */
export const useKeepsNothing = () => useSyncExternalStore(subscribe, () => hasFailed);
