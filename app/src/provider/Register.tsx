import { isAddress, type Address } from '@solana/kit';
import { useState } from 'react';
import { registerProvider } from '../chain/instructions';
import { useReview } from '../shell/Review';
import { Actions, Section } from '../ui/Blocks';
import { Button } from '../ui/Button';
import { TextField } from '../ui/Field';
import styles from './Provider.module.css';

/** The first step of a provider. */
export function Register({ authority }: { authority: Address }) {
  const review = useReview();
  const [attestor, setAttestor] = useState<string>(authority);
  const key = attestor.trim();

  return (
    <Section title="Register as a provider">
      <ol className={styles.steps}>
        <li>Register once. It costs only the rent of two small accounts.</li>
        <li>List GPUs with your price and your promises.</li>
        <li>Start the leases that come in, state what you delivered, and collect.</li>
      </ol>
      <TextField
        label="Attestor"
        value={attestor}
        onChange={(event) => setAttestor(event.target.value)}
        error={isAddress(key) ? undefined : 'This is no address.'}
        hint="The key that signs how much was delivered. It can be this wallet; better is one that your meter holds, since it moves no money. You can change it later."
      />
      <Actions>
        <Button
          look="primary"
          disabled={!isAddress(key)}
          onClick={async () =>
            void review({ title: 'Register as a provider', payer: authority, instructions: [await registerProvider(authority, key as Address)] })
          }
        >
          Review and sign
        </Button>
      </Actions>
    </Section>
  );
}
