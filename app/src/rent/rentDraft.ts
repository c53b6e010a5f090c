// A lease as its renter types it, and what that comes to.

import { isAddress, type Address } from '@solana/kit';
import type { Keyed, Kinds, Terms } from 'gpu-lease';
import { program, type Quote } from 'gpu-lease/rules';
import type { Token } from '../chain/accounts';
import { formatDuration, formatMoney, parseAmount } from '../ui/format';
import { parseNumber } from '../ui/number';

const HOUR = 3_600;

/** How long a provider has to start, seconds. */
export const DEADLINES: [seconds: number, name: string][] = [
  [HOUR / 4, '15 minutes'],
  [HOUR, '1 hour'],
  [6 * HOUR, '6 hours'],
  [24 * HOUR, '1 day'],
];

/** What is typed, field by field. */
export type Draft = {
  gpus: string;
  hours: string;
  /** Decimal amount; empty for the price of the whole length. */
  deposit: string;
  /** Address of another wallet that pays; empty for the renter. */
  sponsor: string;
  /** One of `DEADLINES`. */
  deadline: number;
};

export type Errors = { [F in keyof Draft]?: string };

/** The shortest lease in hours: whole ones, unless that is too long. */
export function shortestHours({
  minDuration,
  maxDuration,
}: Pick<Terms, 'minDuration' | 'maxDuration'>): number {
  const whole = Math.max(1, Math.ceil(minDuration / HOUR));
  return whole * HOUR <= maxDuration ? whole : minDuration / HOUR;
}

/** A lease as the market's link asks for it, otherwise the smallest. */
export const draftOf = (asked: URLSearchParams, terms: Terms): Draft => ({
  gpus: asked.get('gpus') ?? '1',
  hours: asked.get('hours') ?? String(shortestHours(terms)),
  deposit: '',
  sponsor: '',
  deadline: HOUR,
});

/** A draft as it was read. */
export type Read = {
  gpus: number;
  /** Seconds. */
  duration: number;
  /** Who pays the deposit; `undefined` while that is not an address. */
  payer: Address | undefined;
  /** What it costs; `undefined` while what is typed is not a lease of this offer. */
  quote: Quote | undefined;
  errors: Errors;
};

type Around = { offer: Keyed<Kinds['offer']>; token: Token; feeBps: number; renter: Address | undefined };

/** Reads a draft: what the lease is and costs, and what is wrong with which field. */
export function readDraft(draft: Draft, { offer, token, feeBps, renter }: Around): Read {
  const { minDuration, maxDuration } = offer.terms;
  const [readGpus, readHours] = [
    parseNumber(draft.gpus, { isWhole: true, least: 1 }),
    parseNumber(draft.hours),
  ];
  const gpus = typeof readGpus === 'number' ? readGpus : 0;
  const duration = typeof readHours === 'number' ? Math.round(readHours * HOUR) : 0;
  const amount = draft.deposit.trim() === '' ? undefined : parseAmount(draft.deposit, token.decimals);
  const sponsor = draft.sponsor.trim();
  const payer = sponsor === '' ? renter : isAddress(sponsor) ? sponsor : undefined;

  const errors: Errors = {};
  if (typeof readGpus === 'string') errors.gpus = readGpus;
  else if (gpus > offer.gpusFree) errors.gpus = `Only ${offer.gpusFree} are free now.`;
  if (typeof readHours === 'string') errors.hours = readHours;
  else if (duration < minDuration || duration > maxDuration)
    errors.hours = `This offer is for ${formatDuration(minDuration)} to ${formatDuration(maxDuration)}.`;
  if (typeof amount === 'string') errors.deposit = amount;
  if (!payer && renter) errors.sponsor = 'This is not a valid address.';

  const canQuote = !errors.gpus && !errors.hours && typeof amount !== 'string';
  const quote = canQuote
    ? program().quote({
        offer: offer.bytes,
        gpus,
        duration,
        feeBps,
        ...(amount === undefined ? {} : { deposit: amount }),
      })
    : undefined;
  if (quote && quote.deposit < quote.minimumDeposit)
    errors.deposit = `At least ${formatMoney(quote.minimumDeposit, token)}, the price of the shortest lease.`;
  return { gpus, duration, payer, quote, errors };
}

/**
 * Seconds that the provider has to start, counted from now. A sponsor may sign as late as `handedOver` seconds from now, and the
 * provider has its time then too, as far as the program allows, less a minute by which clocks differ.
 */
export function startWindow({ deadline }: Pick<Draft, 'deadline'>, handedOver: bigint): bigint {
  const wanted = BigInt(deadline) + handedOver;
  const most = BigInt(program().bounds().maxStartWindow) - 60n;
  return wanted < most ? wanted : most;
}
