import { beforeEach, expect, it, vi } from 'vitest';
import { claimUntold } from './told';

const store = new Map<string, string>();
beforeEach(() => {
  store.clear();
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => store.get(key) ?? null,
    setItem: (key: string, value: string) => store.set(key, value),
  });
  vi.stubGlobal('navigator', {});
});

it('tells each news once, however many tabs ask', async () => {
  expect(await claimUntold(['a', 'b'])).toEqual(['a', 'b']);
  expect(await claimUntold(['b', 'c', 'a'])).toEqual(['c']);
  expect(await claimUntold(['a', 'b', 'c'])).toEqual([]);
});

it('starts over where something else was kept', async () => {
  store.set('gpu-lease:told', '{"not": "a list"}');
  expect(await claimUntold(['a'])).toEqual(['a']);
  expect(await claimUntold(['a'])).toEqual([]);
});

it('tells once where the browser keeps nothing', async () => {
  const refuse = () => {
    throw new Error('blocked');
  };
  vi.stubGlobal('localStorage', { getItem: refuse, setItem: refuse });
  expect(await claimUntold(['x'])).toEqual(['x']);
  expect(await claimUntold(['x'])).toEqual([]);
});
