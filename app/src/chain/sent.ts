// What has been sent is remembered beyond a reload until it is decided, and while it is pending the same thing is not signed
// a second time.

import type { Instruction } from '@solana/kit';
import {
  CREATE_OFFER_DISCRIMINATOR,
  CREATE_PROPOSAL_DISCRIMINATOR,
  GPU_LEASE_PROGRAM_ADDRESS,
  isCall,
  OPEN_LEASE_DISCRIMINATOR,
  parseCreateOfferInstruction,
  parseCreateProposalInstruction,
  parseOpenLeaseInstruction,
  TOKEN_PROGRAMS,
  type Sent,
  type TransactionRequest,
} from 'gpu-lease';

/** A signed transaction on its way, as it is stored: heights are decimal numbers. */
export type Pending = Omit<Sent, 'lastValidBlockHeight'> & {
  lastValidBlockHeight: string;
  title: string;
  /** See `actionOf`. */
  action: string;
};

/** Whom an instruction is about. What it creates is left out: a second try would give it another number. */
function subjects(call: Instruction): string[] {
  const named = (accounts: readonly { address: string }[]) => accounts.map(({ address }) => address);
  if (isCall(call, OPEN_LEASE_DISCRIMINATOR)) {
    const { renter, payer, offer } = parseOpenLeaseInstruction(call).accounts;
    return named([renter, payer, offer]);
  }
  if (isCall(call, CREATE_OFFER_DISCRIMINATOR))
    return named([parseCreateOfferInstruction(call).accounts.provider]);
  if (isCall(call, CREATE_PROPOSAL_DISCRIMINATOR))
    return named([parseCreateProposalInstruction(call).accounts.proposer]);
  return named(call.accounts ?? []);
}

/** Bytes that tell an instruction from the others of a program that moves money. */
const tells = ({ programAddress }: Instruction) =>
  programAddress === GPU_LEASE_PROGRAM_ADDRESS ? 8 : TOKEN_PROGRAMS.includes(programAddress) ? 1 : 0;

/** What a transaction does to whom, a line an instruction. Two with a line in common do the same twice, whatever their figures. */
export const actionOf = ({ instructions }: Pick<TransactionRequest, 'instructions'>): string =>
  instructions
    .filter((call) => tells(call) > 0)
    .map((call) => [call.data?.slice(0, tells(call)).join('.'), ...subjects(call)].join(' '))
    .join('\n');

/** What is pending of what a request does. */
export function pendingFor(
  pending: readonly Pending[],
  request: Parameters<typeof actionOf>[0],
): Pending | undefined {
  const wanted = actionOf(request).split('\n');
  return pending.find(({ action }) =>
    action.split('\n').some((line) => line !== '' && wanted.includes(line)),
  );
}

const KEY = 'gpu-lease:sent';

/** Whether that is a transaction as it is stored here: others may write to the storage of the same host. */
const isSent = (item: Partial<Pending> | null): item is Pending =>
  [item?.signature, item?.wire, item?.title, item?.action].every((text) => typeof text === 'string') &&
  (item?.nonce === undefined ||
    [item.nonce?.account, item.nonce?.value].every((text) => typeof text === 'string')) &&
  /^\d{1,20}$/.test(item?.lastValidBlockHeight ?? '');

/** What is pending, kept in this browser; `storage` is shared by its tabs. */
export function sentIn(storage: Pick<Storage, 'getItem' | 'setItem'>) {
  let known: readonly Pending[] = [];
  let isKept = true;
  /** What every tab has stored; what this one knows where the browser stores nothing. */
  const read = (): readonly Pending[] => {
    try {
      const stored: unknown = isKept ? JSON.parse(storage.getItem(KEY) ?? '[]') : known;
      return Array.isArray(stored) ? stored.filter(isSent) : [];
    } catch {
      return known;
    }
  };
  known = read();
  const listeners = new Set<() => void>();
  const take = (next: readonly Pending[]) => {
    known = next;
    listeners.forEach((listener) => listener());
  };
  const write = (next: readonly Pending[]) => {
    try {
      storage.setItem(KEY, JSON.stringify(next));
    } catch {
      // A browser that stores nothing remembers until the page is left.
      isKept = false;
    }
    take(next);
  };
  const without = ({ signature }: Pending) => read().filter((sent) => sent.signature !== signature);
  return {
    get: () => known,
    subscribe(listener: () => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    /** Another tab has changed it. */
    refresh: () => take(read()),
    add: (sent: Pending) => write([...without(sent), sent]),
    remove: (sent: Pending) => write(without(sent)),
  };
}
