import type { Keyed, Kinds } from 'gpu-lease';
import type { Token } from '../chain/accounts';
import { reliability, type Reliability } from './reliability';
import { readText } from './text';

/** What an offer's GPUs are called; an offer that is gone, or that does not say, is of some GPU. */
export const modelOf = (offer: Pick<Keyed<Kinds['offer']>, 'listing'> | null | undefined) =>
  (offer && readText(offer.listing.gpuModel).trim()) || 'GPU';

/** An offer with everything that its row shows. */
export type Row = {
  offer: Keyed<Kinds['offer']>;
  provider: Keyed<Kinds['provider']> | undefined;
  reliability: Reliability;
  model: string;
  region: string;
  token: Token;
};

export const rowOf = (
  offer: Keyed<Kinds['offer']>,
  provider: Keyed<Kinds['provider']> | undefined,
  token: Token,
): Row => ({
  offer,
  provider,
  reliability: provider
    ? reliability(provider)
    : { delivered: undefined, abandoned: 0, lost: 0, completed: 0 },
  model: modelOf(offer),
  region: readText(offer.listing.region).trim(),
  token,
});
