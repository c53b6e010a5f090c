import type { Address } from '@solana/kit';
import { describe, expect, it } from 'vitest';
import type { Keyed, Kinds } from 'gpu-lease';
import type { Bounds } from 'gpu-lease/rules';
import type { Token } from '../chain/accounts';
import {
  draftOf,
  emptyDraft,
  fixedText,
  lowestFreeId,
  readDraft,
  withDescription,
  type Draft,
} from './offerDraft';

const MINT = 'So11111111111111111111111111111111111111112' as Address;
const token: Token = { mint: MINT, decimals: 6, tokenProgram: MINT, feeVault: MINT, symbol: 'USDC', rank: 0 };
const bounds = {
  maxPrice: 1n << 50n,
  maxGpus: 16_384,
  minDuration: 60,
  maxDuration: 366 * 86_400,
  maxNotice: 30 * 86_400,
  minChallengeWindow: 600,
  maxChallengeWindow: 7 * 86_400,
  minHeartbeatTimeout: 300,
  maxHeartbeatTimeout: 7 * 86_400,
  maxSlaUptimeBps: 10_000,
  maxSlaPenaltyBps: 100_000,
  gpuModelBytes: 32,
  regionBytes: 16,
  descriptionUriBytes: 136,
  maxBondHours: 720,
} as Bounds;

const typed: Draft = {
  ...emptyDraft(MINT),
  model: 'NVIDIA H100 SXM',
  memory: '80',
  gpus: '8',
  region: 'eu-north-1',
  carbon: '28',
  price: '2.50',
};
const read = (changes: Partial<Draft> = {}, before?: Parameters<typeof readDraft>[3]) =>
  readDraft({ ...typed, ...changes }, token, bounds, before);
const content = (...args: Parameters<typeof read>) => {
  const result = read(...args);
  if ('errors' in result) throw new Error(JSON.stringify(result.errors));
  return result;
};
const errors = (changes: Partial<Draft>) => {
  const result = read(changes);
  return 'errors' in result ? Object.keys(result.errors) : [];
};

describe('a draft of an offer', () => {
  it('is read as terms and listing', () => {
    const { gpus, terms, listing } = content();
    expect(gpus).toBe(8);
    expect(terms).toMatchObject({
      price: 2_500_000n,
      minDuration: 3_600,
      heartbeatTimeout: 1_800,
      slaUptimeBps: 9_900,
      slaPenaltyBps: 10_000,
    });
    expect([listing.gpuModel.length, listing.region.length, listing.descriptionUri.length]).toEqual([
      32, 16, 136,
    ]);
    expect(listing.carbonIntensity).toBe(28);
  });

  it('comes back from an offer as it was', () => {
    const draft: Draft = {
      ...typed,
      penalty: '250.5',
      uptime: '99.95',
      notice: '1 h 30 min',
      verifier: MINT,
      uri: 'https://example.org/gpus',
    };
    const offer = { ...content(draft), address: MINT } as unknown as Keyed<Kinds['offer']>;
    const again = content(draftOf(offer, token));
    expect(again).toEqual(content(draft));
    expect(draftOf(offer, token)).toMatchObject({
      penalty: '250.5',
      uptime: '99.95',
      carbon: '28',
      verifier: MINT,
    });
  });

  it('says which field is wrong', () => {
    expect(errors({ model: '' })).toEqual(['model']);
    expect(errors({ region: 'a-region-with-a-long-name' })).toEqual(['region']);
    expect(errors({ gpus: '0' })).toEqual(['gpus']);
    expect(errors({ gpus: '' })).toEqual(['gpus']);
    expect(errors({ price: '0' })).toEqual(['price']);
    expect(errors({ price: '2.5000001' })).toEqual(['price']);
    expect(errors({ uptime: '100.01', penalty: '1000.01' }).sort()).toEqual(['penalty', 'uptime']);
    expect(errors({ minDuration: '2 d', maxDuration: '1 d' })).toEqual(['maxDuration']);
    expect(errors({ challengeWindow: '1 min' })).toEqual(['challengeWindow']);
    expect(errors({ verifier: 'me' })).toEqual(['verifier']);
    expect(errors({ description: 'Eight GPUs.' })).toEqual(['uri']);
  });

  it('offers no fewer GPUs than are leased', () => {
    const before = { gpusLeased: 4, descriptionHash: new Uint8Array(32) };
    expect(read({ gpus: '3' }, before)).toHaveProperty('errors.gpus');
    expect(content({ gpus: '4' }, before).gpus).toBe(4);
  });

  it('keeps the fingerprint of a description until a new one is typed', async () => {
    const before = { gpusLeased: 0, descriptionHash: new Uint8Array(32).fill(7) };
    const kept = content({}, before);
    expect((await withDescription(kept, ' ')).listing.descriptionHash).toEqual(before.descriptionHash);
    const hash = (await withDescription(kept, 'abc')).listing.descriptionHash;
    expect(Array.from(hash.slice(0, 4))).toEqual([0xba, 0x78, 0x16, 0xbf]);
  });
});

describe('a text of fixed length', () => {
  it('is filled up with zeroes, and counted in bytes', () => {
    expect(fixedText('ab', 4)).toEqual(new Uint8Array([97, 98, 0, 0]));
    expect(fixedText('ääa', 4)).toContain('5 bytes');
  });
});

describe('numbers of offers', () => {
  it('are given again when they are free', () => {
    expect(lowestFreeId([])).toBe(0n);
    expect(lowestFreeId([{ id: 0n }, { id: 2n }, { id: 1n }, { id: 4n }])).toBe(3n);
  });
});
