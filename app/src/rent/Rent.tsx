import type { Address } from '@solana/kit';
import { useParams } from 'react-router';
import type { Keyed, Kinds } from 'gpu-lease';
import { useAccount, useToken } from '../chain/accounts';
import { Empty, PageTitle, Section, Skeleton } from '../ui/Blocks';
import { Failed, Read } from '../onchain/Read';
import { readingOf } from '../ui/reading';
import { rowOf } from '../listing/row';
import { shortAddress } from '../ui/format';
import { Listing } from './Listing';
import { RentForm } from './RentForm';
import { TermsList } from '../listing/TermsList';

/** Everything before signing: how much, for how long, what it costs, what comes back, and the terms in words. */
export function Rent() {
  const { offer: address } = useParams();
  const offer = useAccount('offer', address as Address);
  return (
    <Read of={readingOf(offer)} what="this offer" waiting={<Skeleton height="30rem" />}>
      {(offer) =>
        offer ? (
          <RentOffer offer={offer} />
        ) : (
          <Empty level={1} title="There is no such offer">
            It was removed, or the link is for another cluster. Choose one in the market.
          </Empty>
        )
      }
    </Read>
  );
}

function RentOffer({ offer }: { offer: Keyed<Kinds['offer']> }) {
  const token = useToken(offer.terms.mint);
  const provider = useAccount('provider', offer.provider);
  const row = rowOf(offer, provider.data ?? undefined, token);
  return (
    <>
      <PageTitle
        title={
          <>
            Rent <bdi>{row.model}</bdi>
          </>
        }
        name={`Rent ${row.model}, ${shortAddress(offer.address)}`}
      >
        {offer.listing.memoryGib} GiB each, {offer.gpusFree} of {offer.gpus} free,{' '}
        {row.region ? <bdi>{row.region}</bdi> : 'region not declared'}.
      </PageTitle>
      {provider.isError && <Failed of={readingOf(provider)} what="the provider’s record" />}
      <RentForm row={row} />
      <Listing row={row} />
      <Section title="The terms you sign">
        <TermsList terms={offer.terms} token={token} />
      </Section>
    </>
  );
}
