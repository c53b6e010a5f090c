// Which news was told already, and which was seen: by all tabs of this browser together.

import { keep, keptList } from '../ui/kept';

/** News that is remembered. What is older is past long since. */
const MOST = 500;

const add = (name: string, ids: readonly string[]) => {
  const before = keptList(name);
  const more = ids.filter((id) => !before.includes(id));
  if (more.length > 0) keep(name, JSON.stringify([...before, ...more].slice(-MOST)));
  return more;
};

/** Those that no tab has told yet; from now on they are told. One tab at a time asks, where the browser can keep to that. */
export async function claimUntold(ids: readonly string[]): Promise<string[]> {
  const claim = () => add('told', ids);
  return 'locks' in navigator ? navigator.locks.request('gpu-lease:told', claim) : claim();
}

/** Remembers what the reader has seen. */
export const markSeen = (ids: readonly string[]) => void add('seen', ids);
