import { useState } from 'react';
import { NOBODY, updateProvider } from 'gpu-lease';
import { useReview } from '../shell/useReview';
import { Actions, Fact, Facts, Section } from '../ui/Blocks';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { AddressText } from '../onchain/AddressText';
import type { Acting } from '../wallet/acting';
import { useKeyFields } from './useKeyFields';

/** A provider's keys, and what each may do. Its wallet alone changes them. */
export function Keys({ acting: { provider, key, isOperator } }: { acting: Acting }) {
  const [isChanging, setChanging] = useState(false);
  const shown = (address: typeof key) => (
    <AddressText address={address} name={address === key ? 'this wallet' : undefined} />
  );
  return (
    <Section title="Keys">
      <Facts>
        <Fact label="Wallet: owns the offers and is paid">{shown(provider.authority)}</Fact>
        <Fact label="Attestor: signs usage">{shown(provider.attestor)}</Fact>
        <Fact label="Operator: starts leases with bonds from the bond accounts">
          {provider.operator === NOBODY ? 'none' : shown(provider.operator)}
        </Fact>
        <Fact label="Provider account">
          <AddressText address={provider.address} />
        </Fact>
      </Facts>
      {!isOperator && (
        <Actions>
          <Button onClick={() => setChanging(true)}>Change the keys</Button>
        </Actions>
      )}
      {isChanging && <ChangeKeys provider={provider} onClose={() => setChanging(false)} />}
    </Section>
  );
}

function ChangeKeys({ provider, onClose }: { provider: Acting['provider']; onClose: () => void }) {
  const review = useReview();
  const { fields, keys } = useKeyFields(provider);
  const isChange = keys && (keys.attestor !== provider.attestor || keys.operator !== provider.operator);

  async function submit() {
    const signature =
      keys &&
      (await review({
        title: 'Change the keys',
        payer: provider.authority,
        instructions: [updateProvider(provider, keys)],
      }));
    if (signature) onClose();
  }

  return (
    <Dialog
      title="Change the keys"
      onClose={onClose}
      onSubmit={() => void submit()}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={!isChange}>
            Review and sign
          </Button>
        </>
      }
    >
      <p>
        They change for every lease at once. Usage that an earlier attestor signed and nobody has submitted
        must be signed again.
      </p>
      {fields}
    </Dialog>
  );
}
