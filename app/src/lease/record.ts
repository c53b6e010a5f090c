// Records of what was delivered: files of strangers.

import type { Address } from '@solana/kit';
import type { LeaseContext } from 'gpu-lease';
import { program, type Cause, type EvidenceCheck, type Subject } from 'gpu-lease/rules';
import { readBounded } from '../ui/bounded';

/** Bytes of the longest record that is read here: half a year of a lease has 25 MB. */
const LONGEST = 32 * 1024 * 1024;

const TOO_LONG = 'The record is longer than 32 MB. Check it with gpu-lease attest evidence.';

export const CAUSE_WORDS: Record<Cause, string> = {
  unobserved: 'Nobody looked',
  engine: 'The container engine did not answer',
  container: 'There was no container',
  gateway: 'The gateway let nobody in',
  network: 'The machine had no network',
  cardSilent: 'A card did not answer',
  cardFault: 'A card had a fault',
  maintenance: 'Announced maintenance',
  ended: 'The tenant ended its container',
  program: 'A program of the tenant failed on a card',
};

export const SUBJECT_WORDS: Record<Subject, string> = {
  life: 'Lease',
  start: 'Start',
  attestor: 'Attestor',
  windowEnd: 'End of the window',
  units: 'GPU-seconds',
  energyWh: 'Watt-hours',
  evidence: 'Hash of the record',
};

/** The text of a file, if it is no longer than a record may be. */
export async function readRecord(file: Blob): Promise<string> {
  if (file.size > LONGEST) throw new Error(TOO_LONG);
  return file.text();
}

/** The record of a lease, from where the cluster says that records are. */
export async function fetchRecord(records: string, lease: Address): Promise<string> {
  const response = await fetch(`${records}/${lease}`).catch(() => undefined);
  if (response?.status === 404)
    throw new Error('There is no record of this lease. Ask the provider for the file.');
  if (!response?.ok || !response.body)
    throw new Error('The record could not be fetched. Try again, or ask the provider for the file.');
  const text = await readBounded(response, LONGEST);
  if (text === undefined) throw new Error(TOO_LONG);
  return text;
}

/** What a record says, beside what is signed in it and what the lease has; throws a sentence if it is none. */
export const checkRecord = ({ lease, provider }: LeaseContext, text: string): EvidenceCheck =>
  program().checkEvidence({ text, lease: lease.bytes, address: lease.address, attestor: provider.attestor });

/** Seconds that were delivered, whatever the tenant did in them, and those that were not. */
export function secondsOf({ plain, causes }: EvidenceCheck): { delivered: bigint; missed: bigint } {
  const sum = (isDelivered: boolean) =>
    causes.reduce((sum, cause) => sum + (cause.isDelivered === isDelivered ? cause.seconds : 0n), 0n);
  return { delivered: plain + sum(true), missed: sum(false) };
}
