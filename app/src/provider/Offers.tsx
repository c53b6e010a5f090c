import { useState } from 'react';
import { closeOffer, updateOffer, type Keyed, type Kinds } from 'gpu-lease';
import { useTokens, type Token } from '../chain/accounts';
import { rowOf } from '../listing/row';
import { useReview } from '../shell/useReview';
import { Actions, Badge, Empty, Section, Skeleton } from '../ui/Blocks';
import { Button } from '../ui/Button';
import { List } from '../ui/List';
import { formatBps, formatCount } from '../ui/format';
import { Read } from '../onchain/Read';
import type { Reading } from '../ui/reading';
import { Amount, Duration } from '../ui/Values';
import { OfferForm } from './OfferForm';

type Offer = Keyed<Kinds['offer']>;
type Props = { provider: Keyed<Kinds['provider']>; offers: Reading<Offer[]> };

/** What a provider has listed; or the form in which it lists and changes. */
export function Offers({ provider, offers: reading }: Props) {
  const { data: offers } = reading;
  const tokens = useTokens();
  const [editing, setEditing] = useState<Offer | 'new'>();
  if (editing && offers)
    return (
      <Section title={editing === 'new' ? 'List GPUs' : 'Change an offer'}>
        <OfferForm
          provider={provider}
          offers={offers}
          {...(editing === 'new' ? {} : { offer: editing })}
          onDone={() => setEditing(undefined)}
        />
      </Section>
    );

  const listGpus = (
    <Button look={offers?.length === 0 ? 'primary' : 'secondary'} onClick={() => setEditing('new')}>
      List GPUs
    </Button>
  );
  return (
    <Section title="Your offers" aside={offers && offers.length > 0 && listGpus}>
      <Read of={reading} what="your offers" waiting={<Skeleton lines={3} />}>
        {(offers) =>
          offers.length === 0 ? (
            <Empty title="You offer nothing yet" action={listGpus}>
              List your GPUs with a price and your promises; renters find them in the market at once.
            </Empty>
          ) : (
            <List
              label="Your offers"
              columns={['GPU', 'Free', 'Price per GPU-hour', 'Lengths', 'Promised', '']}
            >
              {offers
                .toSorted((a, b) => Number(a.id - b.id))
                .map((offer) => {
                  const token = tokens.get(offer.terms.mint);
                  return (
                    token && (
                      <OfferRow
                        key={offer.address}
                        provider={provider}
                        offer={offer}
                        token={token}
                        onEdit={() => setEditing(offer)}
                      />
                    )
                  );
                })}
            </List>
          )
        }
      </Read>
    </Section>
  );
}

function OfferRow({
  provider,
  offer,
  token,
  onEdit,
}: {
  provider: Keyed<Kinds['provider']>;
  offer: Offer;
  token: Token;
  onEdit: () => void;
}) {
  const review = useReview();
  const { terms, listing } = offer;
  const { model, region } = rowOf(offer, provider, token);
  const isOpen = offer.isOpen === 1;
  const payer = provider.authority;

  const setOpen = async () =>
    void review({
      title: isOpen ? 'Close the offer to new leases' : 'Open the offer to new leases',
      payer,
      instructions: [await updateOffer(provider, offer, offer, !isOpen)],
    });
  const remove = () =>
    void review({ title: 'Remove the offer', payer, instructions: [closeOffer(provider, offer)] });

  return (
    <tr>
      <th scope="row">
        <bdi>{model}</bdi> {!isOpen && <Badge tone="risk">closed</Badge>}
        <br />
        <small>
          {listing.memoryGib} GiB, {region}
        </small>
      </th>
      <td data-name="Free">
        {offer.gpusFree} of {offer.gpus}
      </td>
      <td data-name="Price per GPU-hour">
        <Amount value={terms.price} token={token} places={4} />
      </td>
      <td data-name="Lengths">
        <Duration seconds={terms.minDuration} /> to <Duration seconds={terms.maxDuration} />
      </td>
      <td data-name="Promised">
        {formatBps(terms.slaUptimeBps)}, {formatBps(terms.slaPenaltyBps)} penalty
        <br />
        <small>{formatCount(terms.bondHours, 'bond hour')}</small>
      </td>
      <td>
        <Actions>
          <Button small onClick={onEdit}>
            Change
          </Button>
          <Button small onClick={() => void setOpen()}>
            {isOpen ? 'Close' : 'Open'}
          </Button>
          {offer.leases === 0 ? (
            <Button small onClick={remove}>
              Remove
            </Button>
          ) : (
            <small>{formatCount(offer.leases, 'lease')} on it</small>
          )}
        </Actions>
      </td>
    </tr>
  );
}
