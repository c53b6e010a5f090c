// Answers as JSON has them, made into what their types say.

import { SHAPES } from './generated/shapes';

/** That an indexer answered something else than its API says. */
export class Unreadable extends Error {
  constructor() {
    super('The indexer answered something that cannot be read. Is it of another version?');
  }
}

function integer(value: unknown): bigint {
  if (typeof value !== 'string' || !/^-?\d{1,20}$/.test(value)) throw new Unreadable();
  return BigInt(value);
}

/** A value with its integers, which JSON has as text. */
export function read(value: unknown, how: string | undefined): unknown {
  if (how === undefined || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => read(item, how));
  if (how === 'bigint') return integer(value);
  const shape = SHAPES[how];
  if (shape === undefined || typeof value !== 'object') throw new Unreadable();
  const fields = Object.entries(value).map(([name, field]) => [
    name,
    read(field, Object.hasOwn(shape, name) ? shape[name] : undefined),
  ]);
  return Object.fromEntries(fields);
}
