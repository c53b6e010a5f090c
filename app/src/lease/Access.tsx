import { useState } from 'react';
import { useHistory } from '../chain/history';
import { rules } from '../rules';
import { Actions, Empty, Notice, Section } from '../ui/Blocks';
import { Button } from '../ui/Button';
import { harmlessLines } from '../ui/harmless';
import { CopyButton } from '../ui/Values';
import { formatError } from '../ui/format';
import { useWallets } from '../wallet/Wallets';
import styles from './Access.module.css';
import { accessSecret, publishedBlob } from './access';
import type { LiveLease } from './useLease';

/** How the renter gets to the machine: decrypted here, with a key that only its wallet can make. */
export function Access({ live: { lease } }: { live: LiveLease }) {
  const history = useHistory(lease.address);
  const wallets = useWallets();
  const [credentials, setCredentials] = useState<string>();
  const [problem, setProblem] = useState<string>();
  if (lease.startedAt === 0n)
    return (
      <Section title="Access">
        <Empty title="Not yet">When the provider starts the lease it publishes the credentials, encrypted so that only you can read them.</Empty>
      </Section>
    );
  async function open() {
    setProblem(undefined);
    try {
      // The lease may have been started since the history was read.
      const { data = [] } = await history.refetch();
      const blob = await publishedBlob(data, lease.address, lease.accessBlobHash);
      if (!blob) throw new Error('The credentials are not in the history that this node keeps; ask another node.');
      setCredentials(harmlessLines(rules().decryptAccess(await accessSecret(wallets, lease.renter, lease.nonce), blob)));
    } catch (error) {
      setProblem(formatError(error));
    }
  }
  return (
    <Section title="Access">
      {credentials === undefined ? (
        <>
          <p>The credentials are encrypted to a key that your wallet makes by signing a text. They are decrypted on this page and shown to nobody else.</p>
          <Actions>
            <Button onClick={() => void open()}>
              Show the credentials
            </Button>
          </Actions>
        </>
      ) : (
        <div className={styles.credentials}>
          <pre dir="ltr">{credentials}</pre>
          <CopyButton text={credentials} what="credentials" />
        </div>
      )}
      {problem && <Notice tone="risk">{problem}</Notice>}
    </Section>
  );
}
