// An offer as it is typed, and as the program takes it.

import { isAddress, type Address } from '@solana/kit';
import { NOBODY, sha256, textOf, type Keyed, type Kinds, type OfferContent } from 'gpu-lease';
import type { Bounds } from 'gpu-lease/rules';
import type { Token } from '../chain/accounts';
import { formatBps, formatNumber, parseAmount, parseBps, writeAmount } from '../ui/format';
import { HOW_TO_WRITE, parseNumber } from '../ui/number';
import { parseDuration, writeDuration } from './duration';

/** The largest number that a listing holds. */
const ANY = 0xffff_ffff;

/** What is typed, field by field. */
export type Draft = {
  model: string;
  memory: string;
  gpus: string;
  region: string;
  carbon: string;
  price: string;
  mint: Address;
  minDuration: string;
  maxDuration: string;
  notice: string;
  challengeWindow: string;
  heartbeat: string;
  uptime: string;
  penalty: string;
  bondHours: string;
  verifier: string;
  description: string;
  uri: string;
};

export type Errors = { [F in keyof Draft]?: string };

/** A new offer, with terms that are usual. */
export const emptyDraft = (mint: Address): Draft => ({
  model: '',
  memory: '',
  gpus: '',
  region: '',
  carbon: '',
  price: '',
  mint,
  minDuration: '1 h',
  maxDuration: '30 d',
  notice: '1 h',
  challengeWindow: '1 h',
  heartbeat: '30 min',
  uptime: '99',
  penalty: '100',
  bondHours: '1',
  verifier: '',
  description: '',
  uri: '',
});

const percent = (bps: number) => formatBps(bps).replace(/[%,]/g, '');

/** An offer that is there, to be changed. */
export const draftOf = ({ gpus, terms, listing }: Keyed<Kinds['offer']>, { decimals }: Token): Draft => ({
  model: textOf(listing.gpuModel),
  memory: String(listing.memoryGib),
  gpus: String(gpus),
  region: textOf(listing.region),
  carbon: listing.carbonIntensity > 0 ? String(listing.carbonIntensity) : '',
  price: writeAmount(terms.price, decimals),
  mint: terms.mint,
  minDuration: writeDuration(terms.minDuration),
  maxDuration: writeDuration(terms.maxDuration),
  notice: writeDuration(terms.notice),
  challengeWindow: writeDuration(terms.challengeWindow),
  heartbeat: writeDuration(terms.heartbeatTimeout),
  uptime: percent(terms.slaUptimeBps),
  penalty: percent(terms.slaPenaltyBps),
  bondHours: String(terms.bondHours),
  verifier: terms.verifier === NOBODY ? '' : terms.verifier,
  description: '',
  uri: textOf(listing.descriptionUri),
});

const encoder = new TextEncoder();

/** A text in `length` bytes; a sentence if it does not fit. */
export function fixedText(text: string, length: number): Uint8Array | string {
  const bytes = encoder.encode(text.trim());
  if (bytes.length > length || text.includes('\0'))
    return `This takes ${bytes.length} bytes and only ${length} fit; shorten it.`;
  const fixed = new Uint8Array(length);
  fixed.set(bytes);
  return fixed;
}

/** What a provider keeps in mind about an offer that it changes. */
export type Before = { gpusLeased: number; descriptionHash: OfferContent['listing']['descriptionHash'] };

/** Reads a draft: what the program takes, or what is wrong with which field. */
export function readDraft(
  draft: Draft,
  { decimals }: Token,
  bounds: Bounds,
  before?: Before,
): OfferContent | { errors: Errors } {
  const errors: Errors = {};
  const note = <T>(field: keyof Draft, value: T | string): value is T => {
    if (typeof value !== 'string') return true;
    errors[field] = value;
    return false;
  };
  const whole = (field: keyof Draft, least: number, most: number): number => {
    const value =
      draft[field].trim() === '' && least === 0 ? 0 : parseNumber(draft[field], { isWhole: true });
    if (typeof value === 'number' && value >= least && value <= most) return value;
    const range = most < ANY ? ` from ${least} to ${formatNumber(most)}` : least > 0 ? ' above zero' : '';
    note(field, value === HOW_TO_WRITE ? value : `Enter a whole number${range}.`);
    return 0;
  };
  const length = (field: keyof Draft, least: number, most: number): number => {
    const value = parseDuration(draft[field]);
    const isGood = typeof value === 'number' && value >= least && value <= most;
    if (typeof value === 'string' || isGood) return note(field, value) ? value : 0;
    note(field, `Between ${writeDuration(least)} and ${writeDuration(most)}.`);
    return value;
  };
  const share = (field: keyof Draft, most: number): number => {
    const value = parseBps(draft[field]);
    if (typeof value === 'string' || value <= most) return note(field, value) ? value : 0;
    note(field, `At most ${percent(most)}%.`);
    return value;
  };
  const text = (field: keyof Draft, length: number, isNeeded: boolean): Uint8Array => {
    const value =
      isNeeded && draft[field].trim() === ''
        ? 'Renters search by this; enter it.'
        : fixedText(draft[field], length);
    return note(field, value) ? value : new Uint8Array(length);
  };

  const price = parseAmount(draft.price, decimals);
  if (note('price', price) && (price < 1n || price > bounds.maxPrice))
    errors.price = 'Enter a price above zero, per GPU and hour.';
  const verifier = draft.verifier.trim() === '' ? NOBODY : draft.verifier.trim();
  if (!isAddress(verifier)) errors.verifier = 'This is not a valid address.';

  const content: OfferContent = {
    gpus: whole('gpus', Math.max(1, before?.gpusLeased ?? 1), bounds.maxGpus),
    terms: {
      price: typeof price === 'string' ? 0n : price,
      minDuration: length('minDuration', bounds.minDuration, bounds.maxDuration),
      maxDuration: length('maxDuration', bounds.minDuration, bounds.maxDuration),
      notice: length('notice', 0, bounds.maxNotice),
      challengeWindow: length('challengeWindow', bounds.minChallengeWindow, bounds.maxChallengeWindow),
      heartbeatTimeout: length('heartbeat', bounds.minHeartbeatTimeout, bounds.maxHeartbeatTimeout),
      slaPenaltyBps: share('penalty', bounds.maxSlaPenaltyBps),
      slaUptimeBps: share('uptime', bounds.maxSlaUptimeBps),
      bondHours: whole('bondHours', 0, bounds.maxBondHours),
      spare: new Uint8Array(4),
      verifier: verifier as Address,
      mint: draft.mint,
    },
    listing: {
      gpuModel: text('model', bounds.gpuModelBytes, true),
      region: text('region', bounds.regionBytes, true),
      memoryGib: whole('memory', 1, ANY),
      carbonIntensity: whole('carbon', 0, ANY),
      descriptionHash: before?.descriptionHash ?? new Uint8Array(32),
      descriptionUri: text('uri', bounds.descriptionUriBytes, false),
    },
  };
  if (content.terms.minDuration > content.terms.maxDuration)
    errors.maxDuration ??= 'This cannot be shorter than the shortest lease.';
  if (draft.description.trim() !== '' && draft.uri.trim() === '')
    errors.uri = 'Say where renters can find this text.';
  return Object.keys(errors).length > 0 ? { errors } : content;
}

/** The content with the fingerprint of the description, if one was typed. */
export async function withDescription(content: OfferContent, description: string): Promise<OfferContent> {
  if (description.trim() === '') return content;
  return {
    ...content,
    listing: { ...content.listing, descriptionHash: await sha256(encoder.encode(description)) },
  };
}

/** The lowest number that no offer has yet. */
export function lowestFreeId(offers: Pick<Keyed<Kinds['offer']>, 'id'>[]): bigint {
  const taken = new Set(offers.map(({ id }) => id));
  let id = 0n;
  while (taken.has(id)) id++;
  return id;
}
