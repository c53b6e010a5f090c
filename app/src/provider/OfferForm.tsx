import type { Address } from '@solana/kit';
import { useState, type ChangeEvent } from 'react';
import { createOffer, updateOffer, type Keyed, type Kinds } from 'gpu-lease';
import { program } from 'gpu-lease/rules';
import { useProtocol, useTokens } from '../chain/accounts';
import { TokenOptions } from '../onchain/TokenOptions';
import { useReview } from '../shell/useReview';
import { Actions, Fields, Callout } from '../ui/Blocks';
import { Button } from '../ui/Button';
import { Form } from '../ui/Form';
import { Select, TextArea, TextField } from '../ui/Field';
import { draftOf, emptyDraft, lowestFreeId, readDraft, withDescription, type Draft } from './offerDraft';
import { formatError } from '../onchain/formatError';

type Offer = Keyed<Kinds['offer']>;

type Props = {
  provider: Keyed<Kinds['provider']>;
  offers: Offer[];
  /** The offer to change; a new one without it. */
  offer?: Offer;
  onDone: () => void;
};

/** GPUs, price and promises of an offer. Errors show once a field was touched, or all of them after a first try. */
export function OfferForm({ provider, offers, offer, onDone }: Props) {
  const review = useReview();
  const tokens = useTokens();
  const { unitMint } = useProtocol();
  const usual = tokens.get(offer?.terms.mint ?? unitMint) ?? [...tokens.values()][0];
  if (!usual) throw new Error('No mint is registered with the program; its deployer has to do that first.');
  const [draft, setDraft] = useState<Draft>(() => (offer ? draftOf(offer, usual) : emptyDraft(usual.mint)));
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const [problem, setProblem] = useState<string>();

  const token = tokens.get(draft.mint) ?? usual;
  const before = offer && {
    gpusLeased: offer.gpus - offer.gpusFree,
    descriptionHash: offer.listing.descriptionHash,
  };
  const read = readDraft(draft, token, program().bounds(), before);
  const errors = 'errors' in read ? read.errors : {};

  const field = (name: keyof Draft) => ({
    value: draft[name],
    onChange: (event: ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) =>
      setDraft({ ...draft, [name]: event.target.value }),
    onBlur: () => setTouched(new Set([...touched, name])),
    error: touched.has(name) ? errors[name] : undefined,
  });

  async function submit() {
    setTouched(new Set(Object.keys(draft)));
    if ('errors' in read) return;
    setProblem(undefined);
    try {
      const content = await withDescription(read, draft.description);
      const instruction = offer
        ? await updateOffer(provider, offer, content, offer.isOpen === 1)
        : await createOffer(provider, lowestFreeId(offers), content);
      const signature = await review({
        title: offer ? 'Change the offer' : 'List GPUs',
        payer: provider.authority,
        instructions: [instruction],
      });
      if (signature) onDone();
    } catch (error) {
      setProblem(formatError(error));
    }
  }

  return (
    <Form onSubmit={() => void submit()}>
      <h3>GPUs</h3>
      <Fields>
        <TextField label="Model" placeholder="NVIDIA H100 SXM" {...field('model')} />
        <TextField
          label="Memory of one GPU"
          unit="GiB"
          inputMode="numeric"
          placeholder="80"
          {...field('memory')}
        />
        <TextField label="How many" inputMode="numeric" placeholder="8" {...field('gpus')} />
        <TextField label="Region" placeholder="eu-north-1" {...field('region')} />
        <TextField
          label="Carbon intensity of the power"
          unit="gCO2e/kWh"
          inputMode="numeric"
          placeholder="not declared"
          {...field('carbon')}
        />
      </Fields>
      <h3>Price</h3>
      <Fields>
        <TextField
          label="Price per GPU-hour"
          unit={token.symbol}
          inputMode="decimal"
          placeholder="2.50"
          {...field('price')}
        />
        <Select
          label="Paid in"
          value={draft.mint}
          onChange={(event) => setDraft({ ...draft, mint: event.target.value as Address })}
        >
          <TokenOptions />
        </Select>
        <TextField label="Shortest lease" {...field('minDuration')} />
        <TextField label="Longest lease" {...field('maxDuration')} />
      </Fields>
      <h3>Promises</h3>
      <Fields>
        <TextField
          label="Uptime"
          unit="%"
          inputMode="decimal"
          hint="Share of the time that you promise to deliver."
          {...field('uptime')}
        />
        <TextField
          label="Penalty"
          unit="%"
          inputMode="decimal"
          hint="What a missing second costs you, as a share of its price."
          {...field('penalty')}
        />
        <TextField
          label="Bond"
          unit="hours"
          inputMode="numeric"
          hint="You put it up at the start, in hours of the lease’s price."
          {...field('bondHours')}
        />
        <TextField
          label="Notice"
          hint="How long before an early end either side must give notice."
          {...field('notice')}
        />
        <TextField
          label="Challenge window"
          hint="How long a renter can dispute usage; you wait that long for the money."
          {...field('challengeWindow')}
        />
        <TextField
          label="Heartbeat"
          hint="After this long without a report the renter may end the lease; three days later, anyone may."
          {...field('heartbeat')}
        />
      </Fields>
      <TextField
        label="Verifier (optional)"
        placeholder="address"
        hint="A third key that must sign usage too."
        {...field('verifier')}
      />
      <h3>Description</h3>
      <TextField label="Where to find it (optional)" placeholder="https://" {...field('uri')} />
      <TextArea
        label="Its text (optional)"
        {...field('description')}
        hint={
          offer
            ? 'Only its fingerprint goes on chain. Leave this empty to keep the fingerprint that is there.'
            : 'Only its fingerprint goes on chain, so that renters can tell if the text changes.'
        }
      />
      {offer && <Callout>Leases that are open or running keep the terms that they were opened with.</Callout>}
      {'errors' in read && Object.keys(errors).every((name) => touched.has(name)) && (
        <Callout tone="risk">Something is missing or out of bounds; it is marked above.</Callout>
      )}
      {problem && <Callout tone="risk">{problem}</Callout>}
      <Actions>
        <Button onClick={onDone}>Cancel</Button>
        <Button type="submit" look="primary">
          Review and sign
        </Button>
      </Actions>
    </Form>
  );
}
