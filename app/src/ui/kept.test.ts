import { beforeEach, describe, expect, it, vi } from 'vitest';

/** The module loaded again, with a storage of the browser that behaves so. */
async function withStorage(storage: unknown) {
  vi.resetModules();
  Object.defineProperty(globalThis, 'localStorage', {
    configurable: true,
    get: typeof storage === 'function' ? (storage as () => unknown) : () => storage,
  });
  return import('./kept');
}

const full = (items = new Map<string, string>()) => ({
  getItem: (key: string) => items.get(key) ?? null,
  setItem: () => {
    throw new DOMException('quota', 'QuotaExceededError');
  },
  removeItem: (key: string) => void items.delete(key),
});

describe('what the browser keeps', () => {
  beforeEach(() => void vi.restoreAllMocks());

  it('is kept for this visit where the storage is blocked', async () => {
    const { keep, kept, keptList } = await withStorage(() => {
      throw new DOMException('denied', 'SecurityError');
    });
    expect([kept('theme'), keptList('seen')]).toEqual([null, []]);
    keep('theme', 'dark');
    expect(kept('theme')).toBe('dark');
    keep('theme', null);
    expect(kept('theme')).toBeNull();
  });

  it('is the newer one where the storage is full and still has the older', async () => {
    const { keep, kept } = await withStorage(full(new Map([['gpu-lease:sent', '[]']])));
    keep('sent', '[1]');
    expect(kept('sent')).toBe('[1]');
  });

  it('is a list, whatever was kept under its name', async () => {
    const items = new Map([['gpu-lease:seen', '{"a":1}']]);
    const { keptList } = await withStorage(full(items));
    expect(keptList('seen')).toEqual([]);
    items.set('gpu-lease:seen', '["a",1]');
    expect(keptList('seen')).toEqual(['a']);
  });
});
