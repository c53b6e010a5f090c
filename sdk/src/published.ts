// Where a lease's credentials are: in the one transaction that published them last, whose slot the lease remembers.

import {
  bytesEqual,
  type Address,
  type Instruction,
  type ReadonlyUint8Array,
  type Signature,
} from '@solana/kit';
import type { Keyed } from './account';
import { isCall } from './calls';
import {
  PUBLISH_ACCESS_DISCRIMINATOR,
  START_LEASE_DISCRIMINATOR,
  parsePublishAccessInstruction,
  parseStartLeaseInstruction,
  type Lease,
} from './generated';
import { fetchTransaction, listSignatures, type HistoryEntry } from './history';
import type { Node } from './node';
import { sha256 } from './sha256';

/** Credentials as they were published. */
export type Published = {
  /** Encrypted to the renter. */
  blob: ReadonlyUint8Array;
  /** The key of the provider's that published them. */
  by: Address;
  /** When, unix seconds. */
  time: bigint;
  /** Whether others were published before. */
  isReplacement: boolean;
};

type Wanted = Pick<Keyed<Lease>, 'address' | 'accessBlobHash' | 'accessSlot'>;

/** What an instruction publishes, if it does so for this lease. */
function publishing(call: Instruction, lease: Address): Omit<Published, 'time'> | undefined {
  const isReplacement = isCall(call, PUBLISH_ACCESS_DISCRIMINATOR);
  const parsed = isReplacement
    ? parsePublishAccessInstruction(call)
    : isCall(call, START_LEASE_DISCRIMINATOR)
      ? parseStartLeaseInstruction(call)
      : undefined;
  if (parsed?.accounts.lease.address !== lease) return undefined;
  return { blob: parsed.data.accessBlob, by: parsed.accounts.authority.address, isReplacement };
}

/** What a transaction published, if those are the credentials whose hash the lease remembers. */
export async function publishedBy(
  { instructions, time }: Pick<HistoryEntry, 'instructions' | 'time'>,
  { address, accessBlobHash }: Omit<Wanted, 'accessSlot'>,
): Promise<Published | undefined> {
  for (const call of instructions.toReversed()) {
    const published = publishing(call, address);
    if (published && bytesEqual(await sha256(published.blob), accessBlobHash)) return { ...published, time };
  }
  return undefined;
}

const PAGE = 1_000;
/** More transactions than this a lease has hardly; a node that lists on and on is left. */
const PAGES = 50;

/**
 * The newest credentials of a lease; `null` where the node has them not. The list of its signatures is gone through back to
 * the slot in which they were published, and nothing but the transactions of that slot is read.
 */
export async function publishedAccess(node: Node, lease: Wanted): Promise<Published | null> {
  const seen = new Set<Signature>();
  let failure: unknown;
  for (let page = 0, before: Signature | undefined; page < PAGES; page++) {
    const listed = (await listSignatures(node, lease.address, PAGE, before ? { before } : {})).filter(
      ({ signature }) => !seen.has(signature),
    );
    for (const { signature, slot, err } of listed) {
      seen.add(signature);
      if (slot !== lease.accessSlot || err !== null) continue;
      try {
        const published = await publishedBy(await fetchTransaction(node, signature, lease.address), lease);
        if (published) return published;
      } catch (error) {
        failure = error;
      }
    }
    before = listed.at(-1)?.signature;
    if (before === undefined || listed.every(({ slot }) => slot < lease.accessSlot)) break;
  }
  if (failure !== undefined) throw failure;
  return null;
}
