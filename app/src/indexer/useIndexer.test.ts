import { GPU_LEASE_PROGRAM_ADDRESS } from 'gpu-lease';
import { numbered } from 'gpu-lease/testing';
import { afterEach, expect, it, vi } from 'vitest';
import type { Chain } from '../chain/Chain';
import { isLate, latenessWords } from './lateness';
import { standing } from './useIndexer';

const GENESIS = numbered(7) as string;
const PROGRESS = {
  genesis_hash: GENESIS,
  program: GPU_LEASE_PROGRAM_ADDRESS,
  finalized_slot: '1000',
  confirmed_slot: '1031',
  time: '1800000000',
  is_complete: true,
};

/** How an indexer stands that says this, where the node has finalized this slot. */
function stand(said: object, slot = 1_000n) {
  vi.stubGlobal('fetch', async () => new Response(JSON.stringify({ ...PROGRESS, ...said })));
  const rpc = { getSlot: () => ({ send: async () => slot }) };
  return standing({ rpc } as unknown as Chain, 'http://indexer', GENESIS);
}

afterEach(() => vi.unstubAllGlobals());

it('an indexer of another cluster or program is refused', async () => {
  await expect(stand({ genesis_hash: numbered(8) })).rejects.toThrow('is of another cluster');
  await expect(stand({ program: numbered(8) })).rejects.toThrow('is of another program');
  await expect(stand({ genesis_hash: undefined })).rejects.toThrow('cannot be read');
});

it('one that lags says by how much, and one that is ahead of the node does not', async () => {
  const late = await stand({}, 1_900n);
  expect(isLate(late.behind)).toBe(true);
  expect(latenessWords(late.behind)).toBe('The indexer is 900 slots behind the cluster, about 6 min.');
  expect((await stand({}, 900n)).behind).toBe(0n);
  // What is not finalized yet is no lag.
  expect(isLate((await stand({}, 1_040n)).behind)).toBe(false);
});
