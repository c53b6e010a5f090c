// Whatever anybody puts on chain costs one row at most: every account is read or left out, and what is read can be shown.

import { getBase64Decoder } from '@solana/kit';
import { beforeAll, describe, expect, it } from 'vitest';
import { numbered } from 'gpu-lease/testing';
import * as generated from 'gpu-lease';
import { tryReadAccount, type Kind } from 'gpu-lease';
import { loadRules, program } from 'gpu-lease/rules';
import { EVERYTHING, find, ORDERS } from './market/search';
import { modelOf, rowOf } from './listing/row';
import { reliability } from './listing/reliability';
import {
  formatAmount,
  formatBps,
  formatCount,
  formatDuration,
  formatEnergy,
  formatGpuHours,
  formatMoney,
  formatNumber,
  formatRelative,
  formatShare,
  formatTime,
  formatUtc,
  shareOf,
} from './ui/format';
import { harmless } from './ui/harmless';

beforeAll(loadRules);

/** The same dice at every run. */
function dice(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const DISCRIMINATORS = {
  protocol: generated.PROTOCOL_DISCRIMINATOR,
  feeParams: generated.FEE_PARAMS_DISCRIMINATOR,
  governance: generated.GOVERNANCE_DISCRIMINATOR,
  mintPolicy: generated.MINT_POLICY_DISCRIMINATOR,
  provider: generated.PROVIDER_DISCRIMINATOR,
  offer: generated.OFFER_DISCRIMINATOR,
  lease: generated.LEASE_DISCRIMINATOR,
  participant: generated.PARTICIPANT_DISCRIMINATOR,
  voteLock: generated.VOTE_LOCK_DISCRIMINATOR,
  proposal: generated.PROPOSAL_DISCRIMINATOR,
  voteRecord: generated.VOTE_RECORD_DISCRIMINATOR,
} satisfies Record<Kind, unknown>;
const KINDS = Object.keys(DISCRIMINATORS) as Kind[];

/** An account of a kind that holds anything: random bytes, all ones or all zeroes; of any length, or of that of a lease. */
function anything(kind: Kind, roll: (below: number) => number): string {
  const bytes = new Uint8Array(roll(4) === 0 ? 8 + roll(900) : 872);
  const [fill, value] = [roll(3), roll(2) * 255];
  bytes.forEach(
    (_, i) => (bytes[i] = fill === 0 ? value : fill === 1 ? roll(256) : roll(8) === 0 ? roll(256) : value),
  );
  bytes.set(DISCRIMINATORS[kind]);
  return getBase64Decoder().decode(bytes);
}

/** Every number and moment in an account, as views write them. */
function writeAll(value: unknown): void {
  if (typeof value === 'bigint' || typeof value === 'number') {
    const integer = BigInt(value);
    for (const decimals of [0, 6, 255]) {
      formatAmount(integer, decimals, { places: 4 });
      formatMoney(integer, { decimals, symbol: 'x' });
    }
    for (const write of [formatNumber, formatDuration, formatBps]) write(value);
    for (const write of [formatGpuHours, formatEnergy, formatTime, formatUtc]) write(integer);
    formatCount(value, 'thing');
    formatRelative(integer, 1_800_000_000n);
    formatShare(shareOf(integer, 3n));
  } else if (value instanceof Uint8Array)
    expect(harmless(new TextDecoder().decode(value))).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
  else if (typeof value === 'object' && value !== null) Object.values(value).forEach(writeAll);
}

const token = (decimals: number) => ({
  mint: numbered(9),
  decimals,
  tokenProgram: numbered(8),
  feeVault: numbered(7),
  symbol: 'x',
  rank: 0,
});

describe.each(KINDS)('a %s that holds anything', (kind) => {
  it('is read or left out, and every figure of it can be shown', () => {
    const roll = dice(KINDS.indexOf(kind) + 1);
    let read = 0;
    for (let i = 0; i < 150; i++) {
      const account = tryReadAccount(kind, numbered(1), anything(kind, roll));
      if (!account) continue;
      read += 1;
      writeAll({ ...account, bytes: undefined });
    }
    expect(read).toBeGreaterThan(0);
  });
});

it('offers and providers that hold anything have rows, which are searched and sorted', () => {
  const roll = dice(77);
  const rows = Array.from({ length: 300 }, () => {
    const offer = tryReadAccount('offer', numbered(1), anything('offer', roll));
    const provider = tryReadAccount('provider', numbered(2), anything('provider', roll));
    return offer ? [rowOf(offer, provider, token([0, 6, 255][roll(3)]!))] : [];
  }).flat();
  expect(rows.length).toBeGreaterThan(100);
  for (const order of ORDERS)
    expect(find(rows, { ...EVERYTHING, order, all: true })).toHaveLength(rows.length);
  find(rows, { ...EVERYTHING, text: 'h100 \u202e', hours: 1e300, gpus: 1e300 });
  for (const { offer, model, provider } of rows) {
    expect(model).toBe(modelOf(offer));
    expect(model.trim()).not.toBe('');
    if (provider) expect(reliability(provider).delivered ?? 0).toBeLessThanOrEqual(1);
  }
});

it('the rules answer or refuse in a sentence, whatever a lease or an offer holds', () => {
  const roll = dice(7);
  for (let i = 0; i < 100; i++) {
    const [lease, offer] = [anything('lease', roll), anything('offer', roll)];
    const ask = (question: () => unknown) => {
      try {
        question();
      } catch (error) {
        // A refusal costs the row; a rule that stops would take the module with it.
        expect((error as Error).message).not.toMatch(/which is a bug/);
      }
    };
    ask(() => writeAll(program().leaseOutlook(lease, 1_800_000_000n)));
    ask(() =>
      writeAll(
        program().quote({ offer, gpus: roll(2) === 0 ? 1 : 0xffff_ffff, duration: 0xffff_ffff, feeBps: 500 }),
      ),
    );
  }
});

it('numbers that are not whole are cut off, and what is not a number is nothing', () => {
  expect([
    formatCount(1.5, 'hour'),
    formatCount(0.25, 'hour'),
    formatCount(Number.NaN, 'hour'),
    formatCount(1_000_000.5, 'hour'),
  ]).toEqual(['1 hour', '0 hours', '0 hours', '1,000,000 hours']);
  expect([formatDuration(5_400), formatDuration(90.5), formatDuration(Infinity)]).toEqual([
    '1 h 30 min',
    '1 min 30 s',
    '0 s',
  ]);
});

it('moments that are in no calendar are said to be so', () => {
  const [earliest, latest] = [-(2n ** 63n), 2n ** 63n - 1n];
  expect([formatTime(latest), formatUtc(latest), formatTime(earliest), formatUtc(earliest)]).toEqual([
    'after the year 9999',
    'after the year 9999',
    'before all calendars',
    'before all calendars',
  ]);
  expect(formatUtc(253_402_300_799n)).toBe('9999-12-31 23:59:59 UTC');
});

it('a pile of marks upon one letter is cut down', () => {
  expect(harmless(`Z${'\u0301'.repeat(6)}`)).toBe(`Z${'\u0301'.repeat(4)}\\u{301}\\u{301}`);
  expect(harmless('Việt Nam')).toBe('Việt Nam');
});
