import type { Address, Signature } from '@solana/kit';
import { describe, expect, it } from 'vitest';
import { leaseContext, numbered } from 'gpu-lease/testing';
import { attest, getOfferDecoder, getOfferEncoder, openLease, payIntoBondAccount, topUp } from 'gpu-lease';
import { actionOf, pendingFor, sentIn, type Pending } from './sent';

const SIGNATURE = '5sig' as Signature;

const context = leaseContext({});
const funder = numbered(5) as Address;

async function topUpSent(): Promise<Pending> {
  const action = actionOf({ instructions: [await topUp(context, funder, 10n)] });
  return { signature: SIGNATURE, wire: 'AQ==', lastValidBlockHeight: '1000', title: 'Top up', action };
}

describe('what is pending in this browser', () => {
  const storage = () => {
    const items = new Map<string, string>();
    return {
      getItem: (key: string) => items.get(key) ?? null,
      setItem: (key: string, value: string) => void items.set(key, value),
    };
  };

  it('is remembered by the next visit, until it is decided', async () => {
    const kept = storage();
    const sent = await topUpSent();
    sentIn(kept).add(sent);
    const later = sentIn(kept);
    expect(later.get()).toEqual([sent]);
    later.remove(sent);
    expect(sentIn(kept).get()).toEqual([]);
  });

  it('is what every tab has sent, whichever wrote last', async () => {
    const kept = storage();
    const [one, other] = [sentIn(kept), sentIn(kept)];
    const sent = await topUpSent();
    one.add(sent);
    other.add({ ...sent, signature: 'other' as Signature });
    expect(
      sentIn(kept)
        .get()
        .map(({ signature }) => signature),
    ).toEqual([sent.signature, 'other']);
    one.remove(sent);
    expect(
      sentIn(kept)
        .get()
        .map(({ signature }) => signature),
    ).toEqual(['other']);
  });

  it.each([
    'null',
    '{}',
    '[null, 1, {"signature": "a"}]',
    '[{"signature": "a", "wire": "", "title": "", "action": "", "lastValidBlockHeight": "x"}]',
    'not JSON',
  ])('is nothing where the storage has %s', (stored) =>
    expect(sentIn({ getItem: () => stored, setItem: () => {} }).get()).toEqual([]),
  );

  it('is kept once however often it is sent, and even by a browser that stores nothing', async () => {
    const full = {
      getItem: () => 'not JSON',
      setItem: () => {
        throw new Error('full');
      },
    };
    const store = sentIn(full);
    const sent = await topUpSent();
    store.add(sent);
    store.add(sent);
    expect(store.get()).toEqual([sent]);
  });
});

describe('the same thing done twice', () => {
  it('is known by what it does to whom, whatever its figures', async () => {
    const ten = actionOf({ instructions: [await topUp(context, funder, 10n)] });
    expect(actionOf({ instructions: [await topUp(context, funder, 20n)] })).toBe(ten);
    expect(
      actionOf({ instructions: [await topUp(leaseContext({ lease: numbered(44) }), funder, 10n)] }),
    ).not.toBe(ten);
    expect(actionOf({ instructions: [await topUp(context, numbered(6), 10n)] })).not.toBe(ten);
  });

  it('is found in a transaction that does more besides', async () => {
    const sent = await topUpSent();
    const [more] = attest(context, new Uint8Array(8)).slice(1);
    const request = { instructions: [await topUp(context, funder, 20n), more!] };
    expect(pendingFor([sent], request)).toBe(sent);
    expect(pendingFor([sent], { instructions: [more!] })).toBeUndefined();
  });

  it('is a payment into the same account, whatever its amount', async () => {
    const paying = async (amount: bigint, provider: Address) =>
      actionOf({
        instructions: await payIntoBondAccount(funder, provider, { ...context.token, decimals: 6 }, amount),
      });
    expect(await paying(1n, numbered(3))).not.toBe('');
    expect(await paying(1n, numbered(3))).toBe(await paying(2n, numbered(3)));
    expect(await paying(1n, numbered(3))).not.toBe(await paying(1n, numbered(4)));
  });

  it('is an opening on the same offer, though it is given another number', async () => {
    const opening = async (nonce: bigint, offer: Address) => {
      const { instructions } = await openLease({
        renter: funder,
        payer: funder,
        offer: { ...getOfferDecoder().decode(new Uint8Array(getOfferEncoder().fixedSize)), address: offer },
        token: { mint: numbered(1), tokenProgram: numbered(2) },
        hasParticipant: true,
        nonce,
        gpus: 1,
        duration: 3_600,
        deposit: 1n,
        startDeadline: 1n,
        maxFeeBps: 0,
        arbiter: numbered(8),
        accessKey: new Uint8Array(32),
      } as unknown as Parameters<typeof openLease>[0]);
      return actionOf({ instructions });
    };
    expect(await opening(1n, numbered(3))).toBe(await opening(2n, numbered(3)));
    expect(await opening(1n, numbered(3))).not.toBe(await opening(1n, numbered(4)));
  });
});
