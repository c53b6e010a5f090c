// What providers do with their offers.

import type { Keyed } from '../account';
import { mintPolicyAddress } from '../addresses';
import * as program from '../generated';
import type { Listing, Offer, Provider, Terms } from '../generated';
import { validUntil } from '../seen';
import { signer } from './common';

export type OfferContent = { gpus: number; terms: Terms; listing: Listing };

export const createOffer = async (
  provider: Keyed<Provider>,
  id: bigint,
  { gpus, terms, listing }: OfferContent,
) =>
  program.getCreateOfferInstructionAsync({
    authority: signer(provider.authority),
    provider: provider.address,
    mintPolicy: await mintPolicyAddress(terms.mint),
    id,
    gpus,
    terms,
    listing,
  });

export const updateOffer = async (
  provider: Keyed<Provider>,
  offer: Keyed<Offer>,
  content: OfferContent,
  isOpen: boolean,
) =>
  program.getUpdateOfferInstruction({
    authority: signer(provider.authority),
    provider: provider.address,
    offer: offer.address,
    mintPolicy: await mintPolicyAddress(content.terms.mint),
    validUntil: validUntil(),
    revision: offer.revision,
    isOpen,
    ...content,
  });

export const closeOffer = (provider: Keyed<Provider>, offer: Keyed<Offer>) =>
  program.getCloseOfferInstruction({
    authority: signer(provider.authority),
    provider: provider.address,
    offer: offer.address,
  });
