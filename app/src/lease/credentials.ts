import type { Address, ReadonlyUint8Array } from '@solana/kit';
import type { Happened } from '../chain/history';
import { GPU_LEASE_PROGRAM_ADDRESS, START_LEASE_DISCRIMINATOR, getStartLeaseInstructionDataDecoder } from '../generated';

const sha256 = async (bytes: Uint8Array<ArrayBuffer>) => new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));

/** The encrypted credentials, as the provider published them when it started the lease. */
export async function publishedBlob(history: readonly Happened[], lease: Address, hash: ReadonlyUint8Array): Promise<Uint8Array | undefined> {
  for (const { programAddress, accounts = [], data } of history.flatMap(({ instructions }) => instructions)) {
    if (programAddress !== GPU_LEASE_PROGRAM_ADDRESS || !data || !accounts.some(({ address }) => address === lease)) continue;
    if (!START_LEASE_DISCRIMINATOR.every((byte, i) => data[i] === byte)) continue;
    const blob = Uint8Array.from(getStartLeaseInstructionDataDecoder().decode(data).accessBlob);
    if ((await sha256(blob)).every((byte, i) => hash[i] === byte)) return blob;
  }
  return undefined;
}
