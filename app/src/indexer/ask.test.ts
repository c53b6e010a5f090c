import { afterEach, expect, it, vi } from 'vitest';
import { text } from './answer';
import { ask, pathWith } from './ask';

const answering = (response: () => Response | Promise<Response>) => {
  const fetched = vi.fn<(url: string, options: RequestInit) => Promise<Response>>(async () => response());
  vi.stubGlobal('fetch', fetched);
  return fetched;
};
const asked = () => ask('http://127.0.0.1:9485/', 'fees', text, { after: 'x' });

afterEach(() => vi.unstubAllGlobals());

it('asks at its address, without cookies, and follows nowhere', async () => {
  const fetched = answering(() => new Response('"said"'));
  await expect(asked()).resolves.toBe('said');
  expect(fetched).toHaveBeenCalledExactlyOnceWith(
    'http://127.0.0.1:9485/v1/fees?after=x',
    expect.objectContaining({ redirect: 'error', credentials: 'omit' }),
  );
});

it('leaves out of the question what is not wanted', () => {
  expect(pathWith('offers', { text: undefined, open: true, min_free: 1, from: 5n })).toBe(
    'offers?open=true&min_free=1&from=5',
  );
  expect(pathWith('fees', { after: undefined })).toBe('fees');
});

it('every answer that is none is a sentence', async () => {
  answering(() => new Response('', { status: 429 }));
  await expect(asked()).rejects.toThrow('asked too often');
  answering(() => new Response('', { status: 503 }));
  await expect(asked()).rejects.toThrow('refused the question (503)');
  answering(() => Promise.reject(new TypeError('Failed to fetch')));
  await expect(asked()).rejects.toThrow('does not answer');
  for (const body of ['<html>', '', '7', 'null']) {
    answering(() => new Response(body));
    await expect(asked()).rejects.toThrow('cannot be read');
  }
  answering(() => new Response(`"${'a'.repeat(4 * 1024 * 1024)}"`));
  await expect(asked()).rejects.toThrow('cannot be read');
  answering(
    () =>
      new Response(
        new ReadableStream({
          start(controller) {
            controller.enqueue(new TextEncoder().encode('"sa'));
            controller.error(new Error('cut'));
          },
        }),
      ),
  );
  await expect(asked()).rejects.toThrow('broke off');
});
