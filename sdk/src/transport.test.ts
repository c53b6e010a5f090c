import { SolanaError, SOLANA_ERROR__RPC__TRANSPORT_HTTP_ERROR, type RpcTransport } from '@solana/kit';
import { describe, expect, it } from 'vitest';
import { retrying } from './transport';

const http = (statusCode: number, headers: Record<string, string> = {}) =>
  new SolanaError(SOLANA_ERROR__RPC__TRANSPORT_HTTP_ERROR, {
    statusCode,
    message: '',
    headers: new Headers(headers),
  });

/** What a request comes to on a node that answers so, the last again and again, and the pauses in between. */
async function ask(...answers: unknown[]) {
  let asked = 0;
  const pauses: number[] = [];
  const node = (async () => {
    const answer = answers[Math.min(asked++, answers.length - 1)];
    if (answer instanceof Error) throw answer;
    return answer;
  }) as RpcTransport;
  const wait = async (ms: number) => void pauses.push(ms);
  const outcome = await retrying(node, wait)({ payload: {} }).catch((error: unknown) => error);
  return { outcome, asked, pauses };
}

describe('a request', () => {
  it.each([429, 500, 502, 503, 504])('is made again where the node answers %d', async (status) => {
    const { outcome, asked, pauses } = await ask(http(status), http(status), 'answer');
    expect([outcome, asked]).toEqual(['answer', 3]);
    const [first, second] = pauses as [number, number];
    expect(first >= 250 && first <= 750 && second >= 500 && second <= 1_500).toBe(true);
  });

  it('is made again where an answer of status 200 says that it was one too many', async () => {
    expect((await ask({ error: { code: 429 } }, { error: { code: -32429 } }, 'answer')).outcome).toBe(
      'answer',
    );
  });

  it('fails after four attempts, with what the node said last', async () => {
    const last = http(429);
    expect(await ask(last)).toMatchObject({ outcome: last, asked: 4 });
  });

  it.each([400, 401, 403, 404, 413])('is not made again where the node answers %d', async (status) => {
    expect((await ask(http(status), 'answer')).asked).toBe(1);
  });

  it('waits as long as the node asks for, and not longer than a reader would', async () => {
    const { outcome, pauses } = await ask(http(429, { 'Retry-After': '7' }), 'answer');
    expect(outcome).toBe('answer');
    expect(pauses[0]).toBe(7_000);
    expect((await ask(http(429, { 'Retry-After': '60' }), 'answer')).asked).toBe(1);
    expect(
      (await ask(http(503, { 'Retry-After': new Date(Date.now() - 5_000).toUTCString() }), 'answer')).pauses,
    ).toEqual([0]);
  });

  it('is held back while the node has asked others to wait', async () => {
    const pauses: number[] = [];
    let isFirst = true;
    const node = (async () => {
      if (!isFirst) return 'answer';
      isFirst = false;
      throw http(429, { 'Retry-After': '5' });
    }) as RpcTransport;
    const send = retrying(node, async (ms) => void pauses.push(ms));
    await send({ payload: {} });
    pauses.length = 0;
    await send({ payload: {} });
    expect(pauses[0]).toBeGreaterThan(4_000);
  });
});
