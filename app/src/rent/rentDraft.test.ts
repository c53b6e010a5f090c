import { getBase64Decoder, type Address } from '@solana/kit';
import { beforeAll, describe, expect, it } from 'vitest';
import { numbered } from 'gpu-lease/testing';
import { getOfferDecoder, getOfferEncoder, tryReadAccount, type Keyed, type Kinds } from 'gpu-lease';
import { loadRules, program } from 'gpu-lease/rules';
import { type Token } from '../chain/accounts';
import { draftOf, readDraft, shortestHours, startWindow, type Draft } from './rentDraft';

const DAY = 86_400;
const [renter, sponsor, mint] = [1, 2, 3].map(numbered) as [Address, Address, Address];
const token: Token = { mint, decimals: 6, tokenProgram: mint, feeVault: mint, symbol: 'tUSD', rank: 0 };

/** Eight GPUs at two tokens of six decimals per GPU-hour, of which some are free; as the chain has it. */
function offerWith({ gpusFree = 8, minDuration = 3_600 } = {}): Keyed<Kinds['offer']> {
  const blank = getOfferDecoder().decode(new Uint8Array(getOfferEncoder().fixedSize));
  const terms = {
    ...blank.terms,
    mint,
    price: 2_000_000n,
    minDuration,
    maxDuration: 30 * DAY,
    challengeWindow: 600,
    heartbeatTimeout: 900,
    slaUptimeBps: 9_900,
    slaPenaltyBps: 10_000,
    bondHours: 2,
  };
  const bytes = getOfferEncoder().encode({ ...blank, version: 1, gpus: 8, gpusFree, isOpen: 1, terms });
  return tryReadAccount('offer', numbered(4), getBase64Decoder().decode(bytes))!;
}

const typed: Draft = { gpus: '2', hours: '4', deposit: '', sponsor: '', deadline: 3_600 };
const read = (changes: Partial<Draft> = {}, offer = offerWith(), by: Address | null = renter) =>
  readDraft({ ...typed, ...changes }, { offer, token, feeBps: 100, renter: by ?? undefined });

beforeAll(loadRules);

describe('a draft of a lease', () => {
  it('begins with what the market was asked for, otherwise with the smallest lease', () => {
    const { terms } = offerWith();
    expect(draftOf(new URLSearchParams('gpus=4&hours=12'), terms)).toMatchObject({
      gpus: '4',
      hours: '12',
      deposit: '',
      deadline: 3_600,
    });
    expect(draftOf(new URLSearchParams(), terms)).toMatchObject({ gpus: '1', hours: '1' });
  });

  it('costs what the program says, and deposits all of it unless less is typed', () => {
    expect(read()).toMatchObject({ gpus: 2, duration: 4 * 3_600, payer: renter, errors: {} });
    expect(read().quote).toMatchObject({
      total: 16_000_000n,
      fee: 160_000n,
      deposit: 16_000_000n,
      refusal: null,
    });
    expect(read({ deposit: '10' }).quote).toMatchObject({ deposit: 10_000_000n, fundedSeconds: 9_000n });
  });

  it('says which field is wrong, and costs nothing that could mislead then', () => {
    expect(read({ gpus: 'x' })).toMatchObject({
      errors: { gpus: 'Enter a whole number.' },
      quote: undefined,
    });
    expect(read({ hours: '0.5' })).toMatchObject({
      errors: { hours: 'This offer is for 1 h to 30 d.' },
      quote: undefined,
    });
    expect(read({ hours: '721' })).toMatchObject({
      errors: { hours: 'This offer is for 1 h to 30 d.' },
      quote: undefined,
    });
    expect(read({ deposit: '1.2345678' })).toMatchObject({
      errors: { deposit: expect.stringContaining('6 decimals') },
      quote: undefined,
    });
  });

  it('takes every GPU that is free, and not one more', () => {
    const offer = offerWith({ gpusFree: 3 });
    expect([read({ gpus: '3' }, offer).errors, read({ gpus: '4' }, offer).errors]).toEqual([
      {},
      { gpus: 'Only 3 are free now.' },
    ]);
  });

  it('deposits the price of the shortest lease at least', () => {
    expect(read({ deposit: '4' }).errors).toEqual({});
    expect(read({ deposit: '3.999999' }).errors).toEqual({
      deposit: 'At least 4.00 tUSD, the price of the shortest lease.',
    });
  });

  it('is paid by the renter, or by a sponsor with a valid address', () => {
    expect(read({ sponsor: ` ${sponsor} ` })).toMatchObject({ payer: sponsor, errors: {} });
    expect(read({ sponsor: 'somebody' })).toMatchObject({
      payer: undefined,
      errors: { sponsor: 'This is not a valid address.' },
    });
    expect(read({}, offerWith(), null)).toMatchObject({ payer: undefined, errors: {} });
  });
});

it('the shortest lease is in whole hours, unless those are too long', () => {
  expect(shortestHours({ minDuration: 60, maxDuration: DAY })).toBe(1);
  expect(shortestHours({ minDuration: 3_601, maxDuration: DAY })).toBe(2);
  expect(shortestHours({ minDuration: 900, maxDuration: 1_800 })).toBe(0.25);
});

it('a provider has its time to start after a sponsor has signed late, within what the program allows', () => {
  const most = BigInt(program().bounds().maxStartWindow) - 60n;
  expect(startWindow({ deadline: 3_600 }, 0n)).toBe(3_600n);
  expect(startWindow({ deadline: 3_600 }, 86_400n)).toBe(90_000n);
  expect([
    startWindow({ deadline: 3_600 }, most - 3_600n),
    startWindow({ deadline: 3_600 }, most - 3_599n),
  ]).toEqual([most, most]);
});
