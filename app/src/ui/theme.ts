// Light or dark: as the system has it, until the reader chooses.

import { useSyncExternalStore } from 'react';
import { keep, kept } from './kept';

export type Theme = 'system' | 'light' | 'dark';

const listeners = new Set<() => void>();
const dark = matchMedia('(prefers-color-scheme: dark)');

export const chosenTheme = (): Theme => {
  const theme = kept('theme');
  return theme === 'light' || theme === 'dark' ? theme : 'system';
};

const apply = () => {
  const theme = chosenTheme();
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  listeners.forEach((listener) => listener());
};

export function chooseTheme(theme: Theme) {
  keep('theme', theme === 'system' ? null : theme);
  apply();
}

dark.addEventListener('change', apply);
apply();

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};

const seen = () => {
  const theme = chosenTheme();
  return theme === 'system' ? (dark.matches ? 'dark' : 'light') : theme;
};

/** The theme in use, light or dark. */
export const useTheme = (): 'light' | 'dark' => useSyncExternalStore(subscribe, seen);

/** The reader's choice, which may be the system's. */
export const useChosenTheme = (): Theme => useSyncExternalStore(subscribe, chosenTheme);
