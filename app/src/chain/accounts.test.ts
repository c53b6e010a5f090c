import type { Address } from '@solana/kit';
import { QueryClient } from '@tanstack/react-query';
import { expect, it, vi } from 'vitest';
import { numbered, voteBytes } from 'gpu-lease/testing';
import { GPU_LEASE_PROGRAM_ADDRESS } from 'gpu-lease';
import { listOptions } from './accounts';
import type { Chain } from './Chain';
import { newest } from './newest';

it('keeps what has not changed when a list is read again', async () => {
  const stored = new Map([
    [numbered(3), voteBytes(1n)],
    [numbered(4), voteBytes(2n)],
  ]);
  const getProgramAccounts = () => ({
    send: async () => ({
      context: { slot: 1n },
      value: [...stored].map(([pubkey, bytes]) => ({
        pubkey,
        account: { owner: GPU_LEASE_PROGRAM_ADDRESS, data: [bytes, 'base64'] },
      })),
    }),
  });
  const queries = new QueryClient();
  const options = {
    ...listOptions({ rpc: { getProgramAccounts } } as unknown as Chain, 'voteRecord'),
    staleTime: 0,
  };
  const [first, second] = await queries.fetchQuery(options);
  stored.set(numbered(4), voteBytes(5n));
  const [same, changed] = await queries.fetchQuery(options);
  expect(same).toBe(first);
  expect([second?.weight, changed?.weight]).toEqual([2n, 5n]);

  const before = queries.getQueryData(options.queryKey);
  await queries.fetchQuery(options);
  expect(queries.getQueryData(options.queryKey)).toBe(before);
});

it('takes up what is told while a list is read', async () => {
  const queries = new QueryClient();
  const [gone, changed, created] = [3, 4, 5].map(numbered) as [Address, Address, Address];
  // Every look at the clock ends a stretch of reading; a subscription has its turn then.
  let time = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => (time += 1_000));
  const getProgramAccounts = () => ({
    send: async () => {
      setTimeout(() => {
        newest(queries, gone, 2n, null);
        newest(queries, changed, 2n, voteBytes(9n));
        newest(queries, created, 2n, voteBytes(7n));
      });
      return {
        context: { slot: 1n },
        value: [gone, changed].map((pubkey) => ({
          pubkey,
          account: { owner: GPU_LEASE_PROGRAM_ADDRESS, data: [voteBytes(1n), 'base64'] },
        })),
      };
    },
  });
  const found = await queries.fetchQuery(
    listOptions({ rpc: { getProgramAccounts } } as unknown as Chain, 'voteRecord'),
  );
  vi.restoreAllMocks();
  expect(found.map(({ address, weight }) => [address, weight])).toEqual([
    [changed, 9n],
    [created, 7n],
  ]);
});
