import { afterEach, expect, test, vi } from 'vitest';
import type { Address } from '@solana/kit';
import type { EvidenceCheck } from 'gpu-lease/rules';
import { fetchRecord, readRecord, secondsOf } from './record';

const LEASE = 'FytsGMubs6Nq7dvirUz3ivDTLRCpcXYKis6ZLGmfAxqv' as Address;

afterEach(() => vi.unstubAllGlobals());

const answering = (response: () => Response) => {
  const asked: string[] = [];
  vi.stubGlobal('fetch', async (url: string) => {
    asked.push(url);
    return response();
  });
  return asked;
};

test("what the tenant did counts as delivered, and what the provider's machine did as missed", () => {
  const causes = [
    { cause: 'engine', seconds: 6n, isDelivered: false },
    { cause: 'ended', seconds: 11n, isDelivered: true },
    { cause: 'unobserved', seconds: 60n, isDelivered: false },
  ] as const;
  const check = { plain: 138n, causes } as unknown as EvidenceCheck;
  expect(secondsOf(check)).toEqual({ delivered: 149n, missed: 66n });
});

test('a record is fetched by the address of its lease', async () => {
  const asked = answering(() => new Response('{}'));
  expect(await fetchRecord('https://records.example', LEASE)).toBe('{}');
  expect(asked).toEqual([`https://records.example/${LEASE}`]);
});

test('a record that is not there, cannot be had or has no end is refused in a sentence', async () => {
  answering(() => new Response('', { status: 404 }));
  await expect(fetchRecord('/records', LEASE)).rejects.toThrow('There is no record of this lease.');
  answering(() => new Response('', { status: 502 }));
  await expect(fetchRecord('/records', LEASE)).rejects.toThrow('could not be fetched');
  answering(() => {
    throw new Error('no network');
  });
  await expect(fetchRecord('/records', LEASE)).rejects.toThrow('could not be fetched');
  const part = new Uint8Array(1024 * 1024);
  answering(() => new Response(new ReadableStream({ pull: (controller) => controller.enqueue(part) })));
  await expect(fetchRecord('/records', LEASE)).rejects.toThrow('longer than 32 MB');
});

test('a file that is too long is not read', async () => {
  const file = { size: 33 * 1024 * 1024, text: () => Promise.reject(new Error('read')) } as unknown as Blob;
  await expect(readRecord(file)).rejects.toThrow('longer than 32 MB');
  expect(await readRecord(new Blob(['{}']))).toBe('{}');
});
