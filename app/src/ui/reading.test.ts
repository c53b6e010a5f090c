import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { describe, expect, it } from 'vitest';
import { readingOf, together } from './reading';

const refused = new Error('429');

/** A query that is asked once for each of these answers. */
async function asked<T>(...answers: (T | Error)[]) {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  let turn = 0;
  const observer = new QueryObserver<T>(client, {
    queryKey: ['asked'],
    enabled: false,
    queryFn: async () => {
      const answer = answers[Math.min(turn++, answers.length - 1)] as T | Error;
      if (answer instanceof Error) throw answer;
      return answer;
    },
  });
  const stop = observer.subscribe(() => {});
  while (turn < answers.length) await observer.refetch();
  const again = observer.refetch();
  const during = readingOf(observer.getCurrentResult());
  await again;
  stop();
  return { during, query: observer.getCurrentResult() };
}

describe('what was asked', () => {
  it('is failed, and nothing else, from the first refusal to the first answer', async () => {
    const { during, query } = await asked(refused);
    expect(during).toMatchObject({ isFailed: true, isFetching: true, data: undefined });
    expect(readingOf(query)).toMatchObject({ isFailed: true, data: undefined });
  });

  it('keeps its last answer, and is failed, after a refusal', async () => {
    const { during } = await asked<readonly string[]>(['lease'], refused);
    expect(during).toMatchObject({ isFailed: true, data: ['lease'] });
    expect(during.readAt).toBeGreaterThan(0);
  });

  it('is empty only where the node said so', async () => {
    expect((await asked([])).during).toMatchObject({ isFailed: false, data: [] });
  });

  it('of several, is read once all are, and failed if any is', async () => {
    const [read, failed] = await Promise.all([asked([]), asked<string[]>(refused)]);
    const both = together({ leases: read.query, offers: failed.query });
    expect(both).toMatchObject({ data: undefined, isFailed: true });
    expect(together({ leases: read.query }).data).toBeDefined();
  });
});
