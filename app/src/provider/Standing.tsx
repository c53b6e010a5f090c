import { isAddress, type Address } from '@solana/kit';
import { useState } from 'react';
import type { Kinds, Stored } from '../chain/accounts';
import { updateProvider } from '../chain/instructions';
import { ProviderRecord } from '../market/ProviderRecord';
import { useReview } from '../shell/Review';
import { Actions, Fact, Facts, Section } from '../ui/Blocks';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { TextField } from '../ui/Field';
import { AddressText } from '../ui/Values';

/** What renters see of a provider, and its keys. */
export function Standing({ provider }: { provider: Stored<Kinds['provider']> }) {
  const [isChanging, setChanging] = useState(false);
  return (
    <Section title="How renters see you">
      <ProviderRecord provider={provider} />
      <Facts>
        <Fact label="Your provider account">
          <AddressText address={provider.address} />
        </Fact>
        <Fact label="Attestor, the key that signs usage">
          <AddressText address={provider.attestor} name={provider.attestor === provider.authority ? 'this wallet' : undefined} />
        </Fact>
      </Facts>
      <Actions>
        <Button onClick={() => setChanging(true)}>Change the attestor</Button>
      </Actions>
      {isChanging && <ChangeAttestor provider={provider} onClose={() => setChanging(false)} />}
    </Section>
  );
}

function ChangeAttestor({ provider, onClose }: { provider: Stored<Kinds['provider']>; onClose: () => void }) {
  const review = useReview();
  const [attestor, setAttestor] = useState('');
  const key = attestor.trim();
  const problem = key === '' || isAddress(key) ? (key === provider.attestor ? 'It is this key already.' : undefined) : 'This is no address.';

  async function submit() {
    const signature = await review({
      title: 'Change the attestor',
      payer: provider.authority,
      instructions: [updateProvider(provider, key as Address)],
    });
    if (signature) onClose();
  }

  return (
    <Dialog
      title="Change the attestor"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" disabled={key === '' || problem !== undefined} onClick={() => void submit()}>
            Review and sign
          </Button>
        </>
      }
    >
      <p>From then on only the new key’s signatures count, for every lease. Usage that the old one signed and nobody submitted has to be signed again.</p>
      <TextField
        label="New attestor"
        value={attestor}
        onChange={(event) => setAttestor(event.target.value)}
        error={problem}
        hint={`Now ${provider.attestor}`}
      />
    </Dialog>
  );
}
