import { afterEach, expect, test, vi } from 'vitest';
import { addressFault, fetchGuard, readGuard } from './guard';

const WATCHED = {
  lease: 'FytsGMubs6Nq7dvirUz3ivDTLRCpcXYKis6ZLGmfAxqv',
  openedSlot: 7,
  phase: 'running',
  since: 100,
  reachedAt: 160,
  loggedInAt: null,
  bound: 480,
  boundUntil: 160,
  missed: 0,
  accepted: 0,
  claimed: 0,
  lossLimit: 600,
  doing: 'watching',
  runway: 3_600,
};
const NEWS = { at: 160, kind: 'reached', lease: null, openedSlot: null, text: 'It answers.' };
const STATUS = { keys: ['key'], mode: 'act', isStandby: false, wallet: '', leases: [WATCHED], news: [NEWS] };
const NOT_A_GUARD = 'does not speak as a guard does';

afterEach(() => vi.unstubAllGlobals());

test('what a guard tells is read, and figures are exact', () => {
  const { leases, news, ...rest } = readGuard(JSON.stringify(STATUS));
  expect(rest).toEqual({ keys: ['key'], mode: 'act', isStandby: false });
  expect(leases).toMatchObject([{ openedSlot: 7n, reachedAt: 160n, loggedInAt: null, bound: 480n }]);
  expect(news).toEqual([{ at: 160n, kind: 'reached', lease: null, openedSlot: null, text: 'It answers.' }]);
});

test('anything else is refused with a sentence', () => {
  const others: unknown[] = [
    null,
    7,
    [],
    { ...STATUS, keys: 'key' },
    { ...STATUS, mode: 7 },
    { ...STATUS, leases: [{ ...WATCHED, bound: -0.5 }] },
    { ...STATUS, leases: [{ ...WATCHED, bound: 1e300 }] },
    { ...STATUS, leases: [null] },
    { ...STATUS, news: [{ ...NEWS, text: undefined }] },
  ];
  for (const other of others) expect(() => readGuard(JSON.stringify(other))).toThrow(NOT_A_GUARD);
  expect(() => readGuard('<html>')).toThrow(NOT_A_GUARD);
});

test('its texts are short, and turn and hide nothing', () => {
  const said = (text: string) =>
    readGuard(JSON.stringify({ ...STATUS, news: [{ ...NEWS, text }] })).news[0]?.text;
  expect(said('a\u202eb\u0000')).toBe('a\\u{202e}b\\u{0}');
  expect(said('a'.repeat(10_000))).toBe(`${'a'.repeat(700)}…`);
});

test('it is asked once, at its address, and followed nowhere', async () => {
  const fetched = vi.fn<() => Promise<Response>>(async () => new Response(JSON.stringify(STATUS)));
  vi.stubGlobal('fetch', fetched);
  await fetchGuard('http://127.0.0.1:9481/');
  expect(fetched).toHaveBeenCalledExactlyOnceWith(
    'http://127.0.0.1:9481/guard',
    expect.objectContaining({ redirect: 'error', credentials: 'omit' }),
  );
});

test('one that is not there, fails or says too much is told', async () => {
  const answers = (answer: () => Response) => vi.stubGlobal('fetch', async () => answer());
  answers(() => {
    throw new TypeError('Failed to fetch');
  });
  await expect(fetchGuard('http://127.0.0.1:1')).rejects.toThrow('does not answer');
  answers(() => new Response('', { status: 500 }));
  await expect(fetchGuard('http://127.0.0.1:1')).rejects.toThrow('does not answer');
  answers(() => new Response('a'.repeat(4 * 1024 * 1024 + 1)));
  await expect(fetchGuard('http://127.0.0.1:1')).rejects.toThrow(NOT_A_GUARD);
});

test('a guard is on this machine, or reached by https', () => {
  for (const address of ['http://127.0.0.1:9481', 'http://localhost:9481', 'https://guard.example.org'])
    expect(addressFault(address)).toBeUndefined();
  for (const address of [
    'http://guard.example.org',
    '127.0.0.1:9481',
    'javascript:alert(1)',
    'ftp://127.0.0.1',
  ])
    expect(addressFault(address)).toMatch(/^Write it as/);
});
