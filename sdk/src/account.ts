// Accounts of the program: every kind that it has, read one by one or as lists. A node's answer is checked: what is another
// program's, of another kind or cannot be read does not get through.

import {
  containsBytes,
  decodeAccount,
  getAddressEncoder,
  getBase58Decoder,
  getBase64Encoder,
  type Address,
  type Base58EncodedBytes,
  type Base64EncodedBytes,
  type Decoder,
  type ReadonlyUint8Array,
} from '@solana/kit';
import { GPU_LEASE_PROGRAM_ADDRESS } from './generated';
import { KINDS, OFFSETS, type Kind, type Kinds } from './generated/kinds';
import type { Node } from './node';

export type { Kind, Kinds } from './generated/kinds';

/** An account: what it holds, its address, and its bytes (base64) for the program's own rules. */
export type Keyed<T> = T & { address: Address; bytes: string };

const base64 = getBase64Encoder();

/** What an account with these bytes is, by its discriminator. */
export function kindOf(bytes: ReadonlyUint8Array): Kind | undefined {
  return (Object.keys(KINDS) as Kind[]).find((kind) => containsBytes(bytes, KINDS[kind].discriminator, 0));
}

/** Reads an account's bytes; throws where they are no account of this kind. */
export function readAccount<K extends Kind>(kind: K, address: Address, encoded: string): Keyed<Kinds[K]> {
  const data = base64.encode(encoded) as Uint8Array;
  const account = {
    address,
    data,
    executable: false,
    lamports: 0n,
    programAddress: GPU_LEASE_PROGRAM_ADDRESS,
    space: 0n,
  };
  const decoded = decodeAccount(account as never, KINDS[kind].decoder as Decoder<object>) as {
    data: Kinds[K];
  };
  return { ...decoded.data, address, bytes: encoded };
}

/** What lists can be filtered by: every field of an account with an address. */
export type Filter = { [F in keyof typeof OFFSETS]?: Address };

/** Whether a filter finds an account. */
export const finds = (filter: Filter, account: object): boolean =>
  Object.entries(filter).every(
    ([field, value]) => (account as Record<string, unknown>)[field.split('.')[1]!] === value,
  );

/** The same; `undefined` where they are no account of this kind. */
export function tryReadAccount<K extends Kind>(
  kind: K,
  address: Address,
  encoded: string,
): Keyed<Kinds[K]> | undefined {
  try {
    return readAccount(kind, address, encoded);
  } catch {
    return undefined;
  }
}

/** Accounts in base64 by their addresses, as a node had them at a slot. */
export type Encoded = { slot: bigint; accounts: Map<Address, string> };

/** The accounts of a kind that a node has, or those that a filter finds: not read yet. */
export async function encodedAccounts({ rpc }: Node, kind: Kind, filter: Filter = {}): Promise<Encoded> {
  const memcmp = (offset: bigint, bytes: string) => ({
    memcmp: { offset, bytes: bytes as Base58EncodedBytes, encoding: 'base58' as const },
  });
  const filters = [
    memcmp(0n, getBase58Decoder().decode(KINDS[kind].discriminator)),
    ...Object.entries(filter).map(([field, value]) =>
      memcmp(
        OFFSETS[field as keyof typeof OFFSETS],
        getBase58Decoder().decode(getAddressEncoder().encode(value)),
      ),
    ),
  ];
  const { context, value } = await rpc
    .getProgramAccounts(GPU_LEASE_PROGRAM_ADDRESS, {
      encoding: 'base64',
      commitment: 'confirmed',
      filters,
      withContext: true,
    })
    .send();
  const own = value.filter(({ account }) => account.owner === GPU_LEASE_PROGRAM_ADDRESS);
  return {
    slot: context.slot,
    accounts: new Map(
      own.map(({ pubkey, account }) => [pubkey, (account.data as [Base64EncodedBytes, string])[0]]),
    ),
  };
}

/** Accounts that a node gives in one answer. */
const AT_ONCE = 100;

/** The program's accounts at some addresses: not read yet. Those that are gone are left out; the slot is the oldest answer's. */
export async function encodedAccountsAt({ rpc }: Node, addresses: readonly Address[]): Promise<Encoded> {
  const batches = Array.from({ length: Math.ceil(addresses.length / AT_ONCE) }, (_, i) =>
    addresses.slice(i * AT_ONCE, (i + 1) * AT_ONCE),
  );
  const answers = await Promise.all(
    batches.map(async (batch) => {
      const { context, value } = await rpc
        .getMultipleAccounts(batch, { encoding: 'base64', commitment: 'confirmed' })
        .send();
      return { slot: context.slot, found: batch.map((address, i) => [address, value[i]] as const) };
    }),
  );
  return {
    slot: answers.reduce((oldest, { slot }) => (slot < oldest ? slot : oldest), answers[0]?.slot ?? 0n),
    accounts: new Map(
      answers.flatMap(({ found }) =>
        found.flatMap(([address, account]) =>
          account?.owner === GPU_LEASE_PROGRAM_ADDRESS
            ? [[address, (account.data as [Base64EncodedBytes, string])[0]] as const]
            : [],
        ),
      ),
    ),
  };
}

/** The account at an address in base64, as a node has it at a slot; `null` where the program has none there. */
export async function encodedAccount(
  { rpc }: Node,
  address: Address,
): Promise<{ slot: bigint; encoded: string | null }> {
  const { context, value } = await rpc
    .getAccountInfo(address, { encoding: 'base64', commitment: 'confirmed' })
    .send();
  const encoded =
    value?.owner === GPU_LEASE_PROGRAM_ADDRESS ? (value.data as [Base64EncodedBytes, string])[0] : null;
  return { slot: context.slot, encoded };
}

/** Accounts of a list, and how many of them cannot be read: those are left out. */
export type Found<K extends Kind> = { accounts: Keyed<Kinds[K]>[]; unreadable: number };

/**
 * Reads a list account by account: `take` has another one, `null` where it is gone, and may have the same again. Those of
 * `known` whose bytes are the same stay as they are, and are not read again.
 */
export function collecting<K extends Kind>(
  kind: K,
  filter: Filter = {},
  known: readonly Keyed<Kinds[K]>[] = [],
) {
  const before = new Map(known.map((account) => [account.address, account]));
  const accounts = new Map<Address, Keyed<Kinds[K]>>();
  const unreadable = new Set<Address>();
  return {
    take([address, encoded]: readonly [Address, string | null]) {
      accounts.delete(address);
      unreadable.delete(address);
      const same = before.get(address);
      if (same && same.bytes === encoded) return void accounts.set(address, same);
      // A node may ignore what it was asked to filter by.
      if (encoded === null || kindOf(base64.encode(encoded)) !== kind) return;
      const account = tryReadAccount(kind, address, encoded);
      if (!account) unreadable.add(address);
      else if (finds(filter, account)) accounts.set(address, account);
    },
    found: (): Found<K> => ({ accounts: [...accounts.values()], unreadable: unreadable.size }),
  };
}

/** All accounts of a kind, or those that a filter finds. */
export async function listAccounts<K extends Kind>(
  node: Node,
  kind: K,
  filter: Filter = {},
): Promise<Found<K>> {
  const { take, found } = collecting(kind, filter);
  (await encodedAccounts(node, kind, filter)).accounts.forEach((encoded, address) =>
    take([address, encoded]),
  );
  return found();
}

/** The account at an address; `null` where there is none of this kind. Throws where there is one that cannot be read. */
export async function getAccount<K extends Kind>(
  node: Node,
  kind: K,
  address: Address,
): Promise<Keyed<Kinds[K]> | null> {
  return ofKind(kind, address, (await encodedAccount(node, address)).encoded);
}

/** The same of what is known of an address already. */
export const ofKind = <K extends Kind>(
  kind: K,
  address: Address,
  encoded: string | null,
): Keyed<Kinds[K]> | null =>
  encoded !== null && kindOf(base64.encode(encoded)) === kind ? readAccount(kind, address, encoded) : null;
