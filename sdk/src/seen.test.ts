import { bytesEqual, getBase64Decoder } from '@solana/kit';
import { describe, expect, it, vi } from 'vitest';
import {
  getLeaseDecoder,
  getLeaseEncoder,
  getListingEncoder,
  getOfferDecoder,
  getOfferEncoder,
  getProposalDecoder,
} from './generated';
import { readAccount } from './account';
import { now } from './clock';
import { HANDED_OVER, actionHash, contentHash, lifeOf, seen } from './seen';
import { numbered } from './testing';

vi.useFakeTimers({ toFake: ['Date'] });

/** A lease whose bytes behind the discriminator count up to 250 and start again. */
const stored = getLeaseDecoder().decode(
  Uint8Array.from({ length: getLeaseEncoder().fixedSize }, (_, i) => i % 251),
);
const shown = (changes: Partial<typeof stored> = {}) => {
  const bytes = getBase64Decoder().decode(getLeaseEncoder().encode({ ...stored, ...changes }));
  return { bytes };
};

describe('a lease that was seen', () => {
  it('is another as soon as anything of it is shown differently that never changes', async () => {
    const life = await lifeOf(shown());
    const swaps: Partial<typeof stored>[] = [
      { renter: numbered(1) },
      { payer: numbered(1) },
      { provider: numbered(1) },
      { offer: numbered(1) },
      { vault: numbered(1) },
      { domain: new Uint8Array(32) },
      { arbiter: numbered(1) },
      { accessKey: new Uint8Array(32) },
      { offerHash: new Uint8Array(32) },
      { terms: { ...stored.terms, price: 1n } },
      { nonce: 1n },
      { openedSlot: 1n },
      { openedAt: 1n },
      { startDeadline: 1n },
      { openedDeposit: 1n },
      { openedDuration: 1 },
      { openedGpus: 1 },
      { feeBps: 1 },
      { spare: new Uint8Array(stored.spare.length) },
    ];
    const unnoticed = await Promise.all(
      swaps.map(async (swap) => (bytesEqual(await lifeOf(shown(swap)), life) ? Object.keys(swap) : [])),
    );
    expect(unnoticed.flat()).toEqual([]);
  });

  it('is the same whatever changes in its course, and whatever it calls its life', async () => {
    const life = await lifeOf(shown());
    const changes: Partial<typeof stored>[] = [
      { life: new Uint8Array(32) },
      { accessBlobHash: new Uint8Array(32) },
      { sessionKey: numbered(1) },
      { startedAt: 1n },
      { endsAt: 1n },
      { gpus: 1 },
      { duration: 1 },
      { ledger: { ...stored.ledger, deposited: 1n } },
    ];
    const noticed = await Promise.all(
      changes.map(async (change) =>
        bytesEqual(await lifeOf(shown(change)), life) ? [] : Object.keys(change),
      ),
    );
    expect(noticed.flat()).toEqual([]);
  });

  it('is signed for minutes, or for an hour where others sign too', async () => {
    expect(Number((await seen(shown())).validUntil) - Number(now())).toBe(300);
    expect(Number((await seen(shown(), HANDED_OVER)).validUntil) - Number(now())).toBe(3_600);
  });
});

describe('an offer that was seen', () => {
  it('is another with other terms or another listing, and the same with other GPUs free', async () => {
    const bytes = Uint8Array.from({ length: getOfferEncoder().fixedSize }, (_, i) => i % 251);
    const offer = getOfferDecoder().decode(bytes);
    const hash = await contentHash(offer);
    expect(await contentHash({ ...offer, terms: { ...offer.terms, price: 1n } })).not.toEqual(hash);
    expect(await contentHash({ ...offer, listing: { ...offer.listing, memoryGib: 6 } })).not.toEqual(hash);
    expect(await contentHash({ ...offer, gpusFree: 1 } as typeof offer)).toEqual(hash);
    expect(getListingEncoder().fixedSize).toBe(224);
  });
});

describe('a proposal that was seen', () => {
  it('is another as soon as it says something else', async () => {
    const proposal = getProposalDecoder().decode(new Uint8Array(400));
    const hash = await actionHash(proposal);
    expect(await actionHash({ action: { ...proposal.action, feeBps: 1 } })).not.toEqual(hash);
    expect(await actionHash({ action: { ...proposal.action, address: numbered(1) } })).not.toEqual(hash);
  });
});

it('lists are filtered where the fields lie', () => {
  const offsets = { renter: 8, payer: 40, provider: 72, offer: 104, arbiter: 200, sessionKey: 528 } as const;
  for (const [field, at] of Object.entries(offsets)) {
    const bytes = new Uint8Array(getLeaseEncoder().fixedSize);
    bytes.fill(7, at, at + 32);
    const lease = readAccount('lease', numbered(1), getBase64Decoder().decode(bytes));
    expect([field, lease[field as keyof typeof offsets]]).toEqual([field, numbered(7)]);
  }
});
