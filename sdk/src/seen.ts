// What a signature names of what its signer was shown. The program refuses what was signed for anything else, so all of
// it comes from what was read and is shown, and nothing from what an account says of itself.

import { getBase64Encoder } from '@solana/kit';
import {
  getListingEncoder,
  getProposedActionEncoder,
  getTermsEncoder,
  type Lease,
  type Offer,
  type Proposal,
  type SeenArgs,
} from './generated';
import type { Keyed } from './account';
import { now } from './clock';
import { sha256 } from './sha256';

/** How long a signature counts, seconds: minutes where it is sent at once, an hour where others have to sign too. */
const AT_ONCE = 300n;
export const HANDED_OVER = 3_600n;

/** Until when a signature counts that is given now, unix seconds. */
export const validUntil = (validFor = AT_ONCE): bigint => now() + validFor;

/** Where in a lease's account what never changes begins and ends: behind the discriminator, and in front of `life`. */
const NEVER_CHANGES = [8, 456] as const;

/** The lease that the signer was shown, computed from all of it that never changes: parties, terms, deposit, access key. */
export const lifeOf = ({ bytes }: Pick<Keyed<Lease>, 'bytes'>): Promise<Uint8Array> =>
  sha256(
    getBase64Encoder()
      .encode(bytes)
      .slice(...NEVER_CHANGES),
  );

/** What a party signs that was shown this lease. */
export const seen = async (lease: Pick<Keyed<Lease>, 'bytes'>, validFor?: bigint): Promise<SeenArgs> => ({
  life: await lifeOf(lease),
  validUntil: validUntil(validFor),
});

/** The terms and the listing that a renter was shown. */
export const contentHash = ({ terms, listing }: Pick<Offer, 'terms' | 'listing'>): Promise<Uint8Array> =>
  sha256(Uint8Array.from([...getTermsEncoder().encode(terms), ...getListingEncoder().encode(listing)]));

/** What a proposal says, as a voter was shown it. */
export const actionHash = ({ action }: Pick<Proposal, 'action'>): Promise<Uint8Array> =>
  sha256(Uint8Array.from(getProposedActionEncoder().encode(action)));
