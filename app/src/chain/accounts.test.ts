import { QueryClient } from '@tanstack/react-query';
import { expect, it } from 'vitest';
import { GPU_LEASE_PROGRAM_ADDRESS } from '../generated';
import { listOptions } from './accounts';
import type { Chain } from './Chain';
import { numbered, voteBytes } from './testing';

it('keeps what has not changed when a list is read again', async () => {
  const stored = new Map([
    [numbered(3), voteBytes(1n)],
    [numbered(4), voteBytes(2n)],
  ]);
  const getProgramAccounts = () => ({
    send: async () => ({
      context: { slot: 1n },
      value: [...stored].map(([pubkey, bytes]) => ({ pubkey, account: { owner: GPU_LEASE_PROGRAM_ADDRESS, data: [bytes, 'base64'] } })),
    }),
  });
  const queries = new QueryClient();
  const options = { ...listOptions({ rpc: { getProgramAccounts } } as unknown as Chain, 'voteRecord'), staleTime: 0 };
  const [first, second] = await queries.fetchQuery(options);
  stored.set(numbered(4), voteBytes(5n));
  const [same, changed] = await queries.fetchQuery(options);
  expect(same).toBe(first);
  expect([second?.weight, changed?.weight]).toEqual([2n, 5n]);

  const before = queries.getQueryData(options.queryKey);
  await queries.fetchQuery(options);
  expect(queries.getQueryData(options.queryKey)).toBe(before);
});
