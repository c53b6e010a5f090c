// What unit tests are about: addresses and accounts that are on no cluster.

import { getAddressDecoder, getBase64Decoder, type Address } from '@solana/kit';
import { TOKEN_PROGRAM_ADDRESS } from '@solana-program/token';
import { getLeaseEncoder, getVoteRecordEncoder } from './generated';
import type { LeaseContext } from './instruction';

/** An address for a number. */
export const numbered = (n: number): Address => getAddressDecoder().decode(new Uint8Array(32).fill(n));

type Named = Partial<Record<'lease' | 'renter' | 'payer' | 'provider' | 'authority' | 'mint', Address>>;

/** A lease with what its instructions need around it; accounts that a test does not name have high numbers. */
export function leaseContext({
  lease = numbered(101),
  renter = numbered(102),
  payer = renter,
  provider = numbered(103),
  authority = numbered(104),
  mint = numbered(105),
}: Named) {
  return {
    lease: {
      address: lease,
      renter,
      payer,
      provider,
      offer: numbered(106),
      vault: numbered(107),
      openedAt: 0n,
      startedAt: 0n,
      endsAt: 0n,
      duration: 3_600,
      accessBlobHash: new Uint8Array(32),
      bondIsPooled: 0,
      bytes: getBase64Decoder().decode(new Uint8Array(getLeaseEncoder().fixedSize)),
    },
    provider: { address: provider, authority },
    token: { mint, tokenProgram: TOKEN_PROGRAM_ADDRESS },
  } as unknown as LeaseContext;
}

/** The bytes of a vote of this weight, base64. */
export const voteBytes = (weight: bigint, proposal = numbered(108)) =>
  getBase64Decoder().decode(
    getVoteRecordEncoder().encode({
      proposal,
      voter: numbered(109),
      rentPayer: numbered(109),
      weight,
      house: 0,
      isFor: 1,
      byDelegate: 0,
      version: 1,
      bump: 255,
      spare: new Uint8Array(19),
    }),
  );
