// How an indexer is asked.

import { readBounded } from '../ui/bounded';
import { Unreadable, type Reads } from './answer';

/** Bytes of an answer. */
const LONGEST = 4 * 1024 * 1024;

/** Milliseconds for an answer. */
const PATIENCE = 10_000;

export type Query = Record<string, string | number | bigint | boolean | undefined>;

/** That an indexer gave no answer. */
export class Unanswered extends Error {}

/** The path with its query; what is `undefined` is not asked for. */
export function pathWith(path: string, query: Query = {}): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) params.set(name, String(value));
  return params.size > 0 ? `${path}?${params}` : path;
}

/** What the indexer at an address answers; throws a sentence where that is nothing, or nothing that can be read. */
export async function ask<T>(indexer: string, path: string, reads: Reads<T>, query?: Query): Promise<T> {
  const response = await fetch(`${indexer.replace(/\/+$/, '')}/v1/${pathWith(path, query)}`, {
    signal: AbortSignal.timeout(PATIENCE),
    redirect: 'error',
    credentials: 'omit',
  }).catch(() => undefined);
  if (response?.status === 429)
    throw new Unanswered('The indexer is asked too often. Try again in a moment.');
  if (!response?.ok)
    throw new Unanswered(
      response
        ? `The indexer refused the question (${response.status}).`
        : 'The indexer does not answer. Check your connection, then try again.',
    );
  const said = await readBounded(response, LONGEST).catch(() => {
    throw new Unanswered('The indexer broke off in the middle of its answer. Try again.');
  });
  let value: unknown;
  try {
    value = JSON.parse(said ?? '');
  } catch {
    throw new Unreadable();
  }
  return reads(value);
}
