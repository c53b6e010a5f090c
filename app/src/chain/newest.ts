// The newest that was told of every account, and by which slot. An older answer, of a node that lags or of a request
// that was under way, does not undo it.

import type { Address } from '@solana/kit';
import type { QueryClient } from '@tanstack/react-query';

/** An account's bytes, base64; `null` once it is gone. */
type Told = { slot: bigint; bytes: string | null };

const known = new WeakMap<QueryClient, Map<Address, Told>>();

function toldOf(queries: QueryClient): Map<Address, Told> {
  const told = known.get(queries) ?? new Map<Address, Told>();
  known.set(queries, told);
  return told;
}

/** Takes up what a node tells of an account at a slot; what is newest of it then. */
export function newest(
  queries: QueryClient,
  address: Address,
  slot: bigint,
  bytes: string | null,
): string | null {
  const told = toldOf(queries);
  const before = told.get(address);
  if (before && before.slot > slot) return before.bytes;
  told.set(address, { slot, bytes });
  return bytes;
}

/** What was told after a slot, to be put into a list that was read at it. */
export const toldAfter = (queries: QueryClient, slot: bigint): [Address, string | null][] =>
  [...toldOf(queries)].flatMap(([address, told]) => (told.slot > slot ? [[address, told.bytes]] : []));
