// What an indexer answers is a stranger's word: each part is read as what it has to be, or the whole of it is refused.

import type { Address, Signature } from '@solana/kit';
import { harmless } from '../ui/harmless';

/** Reads a part of an answer; throws if it is something else. */
export type Reads<T> = (value: unknown) => T;

/** That an answer is not what an indexer of this version would say. */
export class Unreadable extends Error {
  constructor() {
    super(
      'What the indexer answered cannot be read. Ask whoever runs this page whether page and indexer are of one version.',
    );
  }
}

const refuse = (): never => {
  throw new Unreadable();
};

/** Characters of a text. */
const LONGEST_TEXT = 300;

/** A text that can be shown. */
export const text: Reads<string> = (value) =>
  typeof value === 'string'
    ? harmless(value.length > LONGEST_TEXT ? `${value.slice(0, LONGEST_TEXT)}…` : value)
    : refuse();

const like =
  <T extends string>(form: RegExp): Reads<T> =>
  (value) =>
    typeof value === 'string' && form.test(value) ? (value as T) : refuse();

export const address = like<Address>(/^[1-9A-HJ-NP-Za-km-z]{32,44}$/);
export const signature = like<Signature>(/^[1-9A-HJ-NP-Za-km-z]{64,88}$/);
/** Where a list goes on: the indexer's own word, which only it reads. */
export const cursor = like<string>(/^[\x21-\x7e]{1,500}$/);

const integer =
  (form: RegExp, least: bigint, most: bigint): Reads<bigint> =>
  (value) => {
    if (typeof value !== 'string' || !form.test(value)) return refuse();
    const read = BigInt(value);
    return read >= least && read <= most ? read : refuse();
  };

export const u64 = integer(/^\d{1,20}$/, 0n, 2n ** 64n - 1n);
export const i64 = integer(/^-?\d{1,19}$/, -(2n ** 63n), 2n ** 63n - 1n);

/** A number that is no larger than JavaScript's own are exact. */
export const count: Reads<number> = (value) =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : refuse();

export const flag: Reads<boolean> = (value) => (typeof value === 'boolean' ? value : refuse());

/** One of some words. */
export const word =
  <const W extends string>(...words: W[]): Reads<W> =>
  (value) =>
    words.find((word) => word === value) ?? refuse();

export const orNull =
  <T>(reads: Reads<T>): Reads<T | null> =>
  (value) =>
    value === null || value === undefined ? null : reads(value);

/** No list of an answer is longer than this. */
const MOST = 5_000;

export const list =
  <T>(reads: Reads<T>): Reads<T[]> =>
  (value) =>
    Array.isArray(value) && value.length <= MOST ? value.map((item: unknown) => reads(item)) : refuse();

/** An object with these parts; what else it has is left out. */
export const shape =
  <T extends object>(parts: { [K in keyof T]-?: Reads<T[K]> }): Reads<T> =>
  (value) => {
    if (typeof value !== 'object' || value === null) return refuse();
    const given = value as Record<string, unknown>;
    return Object.fromEntries(
      Object.entries(parts).map(([name, reads]) => [name, (reads as Reads<unknown>)(given[name])]),
    ) as T;
  };

/** An object of any kind, to be looked into later. */
export const anything: Reads<Record<string, unknown>> = (value) =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : refuse();

/** Some of a list, and where it goes on. */
export type Part<T> = { items: T[]; next: string | null };

export const part = <T>(reads: Reads<T>): Reads<Part<T>> =>
  shape<Part<T>>({ items: list(reads), next: orNull(cursor) });
