import createClient, { type FetchResponse, type MaybeOptionalInit } from 'openapi-fetch';
import type { PathsWithMethod, RequiredKeysOf } from 'openapi-typescript-helpers';
import type { components, paths } from './generated/api';
import { ANSWERS } from './generated/shapes';
import { read, Unreadable } from './read';

/** An indexer that is asked. */
export type Indexer = { client: ReturnType<typeof createClient<paths>> };

/** What can be asked. */
export type Path = Exclude<PathsWithMethod<paths, 'get'>, '/v1/events/live' | '/openapi.json'>;

/** How it is asked: `params` with `path` and `query`, and what `fetch` takes besides. */
export type Question<P extends Path> = MaybeOptionalInit<paths[P], 'get'>;

/** What it answers. Integers of 64 bits are `bigint`. */
export type Answer<P extends Path> = NonNullable<
  FetchResponse<paths[P]['get'], object, 'application/json'>['data']
>;

/** The lists, which come in pages or whole. */
export type ListPath = { [P in Path]: Answer<P> extends { items: unknown[] } ? P : never }[Path];

/** An item of a list. */
export type Item<P extends ListPath> = Answer<P> extends { items: (infer T)[] } ? T : never;

type Asked<P extends Path> = RequiredKeysOf<Question<P>> extends never ? [Question<P>?] : [Question<P>];

/** That an indexer gave no answer: in words, with what helps. */
export class Unanswered extends Error {
  constructor(
    message: string,
    /** What to do about it. */
    readonly advice: string,
    /** The status of the refusal; none if nothing came. */
    readonly status?: number,
    /** Seconds after which it can be asked again, if it said so. */
    readonly retryAfter?: number,
  ) {
    super(message);
  }
}

/** The indexer at a URL, as `cluster.json` names one. */
export const connectIndexer = (url: string, fetch: typeof globalThis.fetch = globalThis.fetch): Indexer => ({
  client: createClient<paths>({
    baseUrl: url,
    // When it is called, so that the global one can be replaced.
    fetch: (request) => fetch(request),
    querySerializer: { array: { style: 'form', explode: false } },
  }),
});

/** Asks an indexer; throws `Unanswered`, or `Unreadable`. */
export async function askIndexer<P extends Path>(
  { client }: Indexer,
  path: P,
  ...[question]: Asked<P>
): Promise<Answer<P>> {
  // The types of both ends are those of the path; between them stands what openapi-fetch infers for any path.
  const get = client.GET as (
    path: string,
    question?: object,
  ) => Promise<{ data?: unknown; error?: unknown; response: Response }>;
  const { data, error, response } = await get(path, question).catch((reason: unknown) => {
    if ((question as { signal?: AbortSignal } | undefined)?.signal?.aborted) throw reason;
    if (reason instanceof SyntaxError) throw new Unreadable();
    throw new Unanswered('The indexer does not answer.', 'Check the connection, then try again.');
  });
  if (!response.ok) throw refusal(error, response);
  if (data === undefined || data === null) throw new Unreadable();
  return read(data, ANSWERS[path]) as Answer<P>;
}

/** Every item of a list, a page after the other. */
export async function* listIndexed<P extends ListPath>(
  indexer: Indexer,
  path: P,
  ...[question]: Asked<P>
): AsyncGenerator<Item<P>, void, undefined> {
  const { params, ...rest } = (question ?? {}) as { params?: { query?: object } };
  for (let after: string | undefined; ;) {
    const query = { ...params?.query, ...(after === undefined ? {} : { after }) };
    const asked = [{ ...rest, params: { ...params, query } }] as unknown as Asked<P>;
    const { items, next } = (await askIndexer(indexer, path, ...asked)) as {
      items: Item<P>[];
      next: string | null;
    };
    yield* items;
    if (next === null) return;
    after = next;
  }
}

function refusal(told: unknown, response: Response): Unanswered {
  const { message, advice } = (told as Partial<components['schemas']['Refusal']> | undefined)?.error ?? {};
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new Unanswered(
    typeof message === 'string' ? message : `The indexer refused the question (${response.status}).`,
    typeof advice === 'string' ? advice : 'Try again in a moment.',
    response.status,
    Number.isFinite(seconds) ? seconds : undefined,
  );
}
