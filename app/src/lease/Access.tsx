import type { Address } from '@solana/kit';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useChain } from '../chain/Chain';
import { rules } from '../rules';
import { Actions, Empty, Notice, Section } from '../ui/Blocks';
import { Button } from '../ui/Button';
import { harmlessLines } from '../ui/harmless';
import { CopyButton, Time } from '../ui/Values';
import { formatError, shortAddress } from '../ui/format';
import { useWallets } from '../wallet/Wallets';
import styles from './Access.module.css';
import { accessSecret } from './access';
import { publishedAccess, type Published } from './published';
import type { LiveLease } from './useLease';

/** How the renter gets to the machine: decrypted here, with a key that only its wallet can make. */
export function Access({ live: { lease, provider } }: { live: LiveLease }) {
  const chain = useChain();
  const wallets = useWallets();
  const [credentials, setCredentials] = useState<string>();
  const [problem, setProblem] = useState<string>();
  const { data: newest, refetch } = useQuery({
    queryKey: ['access', lease.address, lease.accessBlobHash.join()],
    queryFn: () => publishedAccess(chain, lease),
    enabled: lease.startedAt > 0n,
    staleTime: Infinity,
    refetchInterval: false,
  });
  if (lease.startedAt === 0n)
    return (
      <Section title="Access">
        <Empty title="Not yet">When the provider starts the lease it publishes the credentials, encrypted so that only you can read them.</Empty>
      </Section>
    );
  async function open() {
    setProblem(undefined);
    try {
      // The node may list the transaction a moment after it shows the lease.
      const published = newest ?? (await refetch({ throwOnError: true })).data;
      if (!published) throw new Error(`The credentials, published in slot ${lease.accessSlot}, are not in the history that this node keeps; ask another node.`);
      setCredentials(harmlessLines(rules().decryptAccess(await accessSecret(wallets, lease.renter, lease.nonce), published.blob)));
    } catch (error) {
      setProblem(formatError(error));
    }
  }
  return (
    <Section title="Access">
      {newest?.isReplacement && <Replaced published={newest} provider={provider} />}
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

/** That credentials are not those of the start, and by whose word. */
function Replaced({ published: { by, time }, provider }: { published: Published; provider: LiveLease['provider'] }) {
  const isByWallet = by === provider.authority;
  return (
    <Notice tone={isByWallet ? 'out' : 'risk'}>
      <strong>
        Replaced <Time at={time} /> by {nameOf(by, provider)}.
      </strong>{' '}
      Those from before no longer work. {!isByWallet && 'If the machine shows another host key, trust it only once the provider’s wallet has signed it.'}
    </Notice>
  );
}

/** Which of the provider's keys that is, in words. */
const nameOf = (key: Address, { authority, operator }: LiveLease['provider']) =>
  key === authority ? 'the provider’s wallet' : key === operator ? 'the provider’s operator' : `${shortAddress(key)}, then a key of the provider`;
