// How the page asks a node: what may work a moment later is asked again, so that one refusal fails no view.

import {
  createDefaultRpcTransport,
  isSolanaError,
  SOLANA_ERROR__RPC__TRANSPORT_HTTP_ERROR,
  type RpcTransport,
} from '@solana/kit';

/** A request is made so often at most; the pause doubles from one to the next. */
const TRIES = 4;
const FIRST_PAUSE = 500;
/** A node that asks for a longer pause than this is told to the reader instead. */
const LONGEST_PAUSE = 15_000;
/** A node that answers nothing at all; whole lists take their time on a slow line. */
const PATIENCE = 60_000;

const sleep = (ms: number, signal?: AbortSignal) =>
  new Promise<void>((resolve, reject) => {
    const done = () => (clearTimeout(timer), reject(signal!.reason as Error));
    const timer = setTimeout(() => (signal?.removeEventListener('abort', done), resolve()), ms);
    signal?.addEventListener('abort', done, { once: true });
  });

/** Some nodes say in an answer of status 200 that they are asked too often. */
const TOO_OFTEN = [429, -32_429];
const isTooOften = (answer: unknown) =>
  TOO_OFTEN.includes(Number((answer as { error?: { code?: unknown } } | null)?.error?.code));

/** For how long a `Retry-After` asks to wait, milliseconds: it has seconds or a date. */
function askedFor(headers: Headers | undefined, now: number): number | undefined {
  const value = headers?.get('retry-after');
  if (!value) return undefined;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1_000 : Date.parse(value) - now;
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

type Failure = { statusCode: number; headers?: Headers };

/** The failure of an attempt, if another may do better. */
function passing(error: unknown): Failure | undefined {
  if (!isSolanaError(error, SOLANA_ERROR__RPC__TRANSPORT_HTTP_ERROR)) return undefined;
  const { statusCode, headers } = error.context as Failure;
  return statusCode === 429 || statusCode >= 500
    ? { statusCode, ...(headers ? { headers } : {}) }
    : undefined;
}

/** Asks again after a pause, random so that clients do not come back all at once, where a node is overloaded or has a fault. A pause that the node asks for holds for every request. */
export function retrying(transport: RpcTransport, wait: typeof sleep = sleep): RpcTransport {
  let quietUntil = 0;
  return async <T>({ payload, signal }: Parameters<RpcTransport>[0]) => {
    for (let pause = FIRST_PAUSE, left = TRIES - 1; ; pause *= 2, left -= 1) {
      const quiet = quietUntil - Date.now();
      if (quiet > 0) await wait(quiet, signal);
      const limit = AbortSignal.timeout(PATIENCE);
      let asked: number | undefined;
      try {
        const answer = await transport<T>({
          payload,
          signal: signal ? AbortSignal.any([signal, limit]) : limit,
        });
        if (!isTooOften(answer) || left === 0) return answer;
      } catch (error) {
        const failure = passing(error);
        if (failure) asked = askedFor(failure.headers, Date.now());
        if (!failure || left === 0 || (asked ?? 0) > LONGEST_PAUSE) throw error;
        if (asked !== undefined) quietUntil = Math.max(quietUntil, Date.now() + asked);
      }
      await wait(asked ?? pause * (0.5 + Math.random()), signal);
    }
  };
}

export const transportTo = (url: string): RpcTransport => retrying(createDefaultRpcTransport({ url }));
