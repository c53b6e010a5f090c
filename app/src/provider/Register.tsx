import type { Address } from '@solana/kit';
import { NOBODY, registerProvider } from 'gpu-lease';
import { useReview } from '../shell/useReview';
import { Actions, Section } from '../ui/Blocks';
import { Button } from '../ui/Button';
import styles from './Provider.module.css';
import { useKeyFields, type HotKeys } from './useKeyFields';

/** The first step of a provider. */
export function Register({ authority }: { authority: Address }) {
  const review = useReview();
  const { fields, keys } = useKeyFields({ attestor: authority, operator: NOBODY });

  const submit = async (keys: HotKeys) =>
    void review({
      title: 'Register as a provider',
      payer: authority,
      instructions: [await registerProvider(authority, keys)],
    });

  return (
    <Section title="Register as a provider" onSubmit={() => keys && void submit(keys)}>
      <ol className={styles.steps}>
        <li>Register once. It costs only the rent of two small accounts.</li>
        <li>List GPUs with your price and your promises.</li>
        <li>Start the leases that come in, report what you delivered, and collect.</li>
      </ol>
      {fields}
      <p>Both can be this wallet, and you can change them later.</p>
      <Actions>
        <Button type="submit" look="primary" disabled={!keys}>
          Review and sign
        </Button>
      </Actions>
    </Section>
  );
}
