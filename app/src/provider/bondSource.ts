// Where this browser's reader took a bond from last.

export type BondSource = 'wallet' | 'bond account';

const KEY = 'gpu-lease:bond';

export function keptBondSource(): BondSource {
  try {
    return localStorage.getItem(KEY) === 'bond account' ? 'bond account' : 'wallet';
  } catch {
    return 'wallet';
  }
}

export function keepBondSource(source: BondSource) {
  try {
    localStorage.setItem(KEY, source);
  } catch {
    // A browser that stores nothing asks anew.
  }
}
