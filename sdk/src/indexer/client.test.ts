import { expect, it } from 'vitest';
import { askIndexer, connectIndexer, listIndexed, Unanswered, Unreadable } from '.';

const LEASE = 'So11111111111111111111111111111111111111112';

/** An indexer that answers this, and what it was asked. */
function answering(...answers: Response[]) {
  const asked: string[] = [];
  const indexer = connectIndexer('http://indexer.example/', async (request) => {
    asked.push((request as Request).url);
    return answers.shift()!;
  });
  return { indexer, asked };
}

const json = (value: unknown, init?: ResponseInit) => Response.json(value, init);

it('reads integers of 64 bits as they are, and nothing else as one', async () => {
  const { indexer, asked } = answering(
    json({
      items: [{ id: '7-0-1', landed: { slot: '18446744073709551615', time: '-1' }, args: { amount: '5' } }],
      next: null,
    }),
  );
  const { items } = await askIndexer(indexer, '/v1/events', {
    params: { query: { about: LEASE, opened_slot: 2n ** 63n, limit: 5 } },
  });
  expect(items).toEqual([
    { id: '7-0-1', landed: { slot: 18446744073709551615n, time: -1n }, args: { amount: '5' } },
  ]);
  expect(asked).toEqual([
    `http://indexer.example/v1/events?about=${LEASE}&opened_slot=9223372036854775808&limit=5`,
  ]);
});

it('keeps what is withheld, and reads what is inside of what', async () => {
  const { indexer, asked } = answering(
    json({ lease: { deposited: null, price: '3' }, lines: [{ change: '-9', amount: '9' }], cost: null }),
  );
  const receipt = await askIndexer(indexer, '/v1/leases/{lease}/{opened_slot}/receipt', {
    params: { path: { lease: LEASE, opened_slot: 417n } },
  });
  expect(receipt).toEqual({
    lease: { deposited: null, price: 3n },
    lines: [{ change: -9n, amount: 9n }],
    cost: null,
  });
  expect(asked).toEqual([`http://indexer.example/v1/leases/${LEASE}/417/receipt`]);
});

it('asks for several states as one parameter', async () => {
  const { indexer, asked } = answering(json({ items: [], next: null }));
  await askIndexer(indexer, '/v1/leases', { params: { query: { state: ['active', 'closed'] } } });
  expect(asked).toEqual(['http://indexer.example/v1/leases?state=active,closed']);
});

it('goes through all pages of a list', async () => {
  const { indexer, asked } = answering(
    json({ items: [{ price: '1' }, { price: '2' }], next: 'a/b' }),
    json({ items: [{ price: '3' }], next: null }),
  );
  const prices: bigint[] = [];
  for await (const { price } of listIndexed(indexer, '/v1/leases', { params: { query: { limit: 2 } } }))
    prices.push(price);
  expect(prices).toEqual([1n, 2n, 3n]);
  expect(asked[1]).toBe('http://indexer.example/v1/leases?limit=2&after=a%2Fb');
});

it('says why there is no answer', async () => {
  const error = { message: 'too many requests from your address', advice: 'wait' };
  const { indexer } = answering(
    json({ error }, { status: 429, headers: { 'retry-after': '3' } }),
    new Response('<html>', { status: 502 }),
    json({ items: [{ price: '1.5' }], next: null }),
    new Response('{"items":', { status: 200 }),
  );
  const why = () => askIndexer(indexer, '/v1/leases').catch((reason: unknown) => reason);
  expect(await why()).toMatchObject({ ...error, status: 429, retryAfter: 3 });
  expect(await why()).toMatchObject({ status: 502, message: 'The indexer refused the question (502).' });
  expect(await why()).toBeInstanceOf(Unreadable);
  expect(await why()).toBeInstanceOf(Unreadable);
  const silent = connectIndexer('http://indexer.example', () =>
    Promise.reject(new TypeError('fetch failed')),
  );
  expect(await askIndexer(silent, '/v1/progress').catch((reason: unknown) => reason)).toBeInstanceOf(
    Unanswered,
  );
});
