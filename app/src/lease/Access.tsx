import type { Address } from '@solana/kit';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { credentialsOf, publishedAccess, type Credentials, type Published } from 'gpu-lease';
import { program } from 'gpu-lease/rules';
import { useChain } from '../chain/Chain';
import { isServed } from '../chain/cluster';
import { keys } from '../chain/keys';
import { Actions, Empty, Callout, Section } from '../ui/Blocks';
import { Button } from '../ui/Button';
import { download } from '../ui/download';
import { FileField } from '../ui/Field';
import { harmlessLines } from '../ui/harmless';
import { Time } from '../ui/Values';
import { formatError } from '../onchain/formatError';
import { formatDuration, shortAddress } from '../ui/format';
import { useWallets } from '../wallet/Wallets';
import { accessSecret } from '../access/access';
import { fits, fromKeyFile, keepSecret, keptSecret, toKeyFile } from '../access/accessKeys';
import { CopyText } from './CopyText';
import { accessKeyFile } from './login';
import { readyAfter } from './milestones';
import { SshLogin } from './SshLogin';
import type { LeaseNow } from './useLease';

/** How the renter gets to the machine: decrypted here, with a key that only its wallet can make, this browser keeps, or a file has. */
export function Access({ context: { lease, provider, now } }: { context: LeaseNow }) {
  const chain = useChain();
  const wallets = useWallets();
  const [opened, setOpened] = useState<{ credentials: Credentials; secret: Uint8Array }>();
  const [problem, setProblem] = useState<string>();
  const { data: newest, refetch } = useQuery({
    queryKey: keys.access(lease.address, lease.accessBlobHash),
    queryFn: () => publishedAccess(chain, lease),
    enabled: lease.startedAt > 0n,
    staleTime: Infinity,
    refetchInterval: false,
  });
  if (lease.startedAt === 0n)
    return (
      <Section title="Access">
        {isServed(chain.cluster, lease.offer) ? (
          <Empty title="Being prepared">
            The provider’s agent prepares the machine and starts the lease by itself, which takes seconds:{' '}
            {formatDuration(now - lease.openedAt)} so far.
          </Empty>
        ) : (
          <Empty title="Not yet">
            When the provider starts the lease it publishes the credentials, encrypted so that only you can
            read them.
          </Empty>
        )}
      </Section>
    );
  const known = keptSecret(lease.accessKey);
  async function ofWallet(): Promise<Uint8Array> {
    const secret = await accessSecret(wallets, lease.renter, lease.nonce).catch((error: unknown) => {
      throw new Error(
        `${formatError(error)}. If the wallet did not make the key for this lease, choose the access key file.`,
        { cause: error },
      );
    });
    if (!fits(secret, lease.accessKey))
      throw new Error(
        'The credentials are encrypted to a key that this wallet does not make. Choose the access key file that this page or the command line saved when the lease was opened.',
      );
    return secret;
  }
  async function open(given?: string) {
    setProblem(undefined);
    try {
      const secret = given === undefined ? (known ?? (await ofWallet())) : fromKeyFile(given);
      if (typeof secret === 'string') throw new Error(secret);
      if (!fits(secret, lease.accessKey))
        throw new Error(
          'This access key does not open the credentials of this lease. Choose the file that was saved for this lease.',
        );
      // The node may list the transaction a moment after it shows the lease.
      const published = newest ?? (await refetch({ throwOnError: true })).data;
      if (!published)
        throw new Error(
          `The credentials, published in slot ${lease.accessSlot}, are not in the history that this node keeps; ask another node.`,
        );
      setOpened({ credentials: credentialsOf(program().decryptAccess(secret, published.blob)), secret });
      if (given !== undefined) keepSecret(secret);
    } catch (error) {
      setProblem(formatError(error));
    }
  }
  const saveAccessKey = opened && (
    <Actions>
      <Button small onClick={() => download(accessKeyFile(lease.address), toKeyFile(opened.secret))}>
        Save the access key
      </Button>
      <small>The file opens these credentials in another browser, and on the command line.</small>
    </Actions>
  );
  return (
    <Section title="Access" aside={<small>Ready in {formatDuration(readyAfter(lease))}</small>}>
      {newest?.isReplacement && <Replaced published={newest} provider={provider} />}
      {opened === undefined ? (
        <>
          <p>
            The credentials are encrypted to{' '}
            {known
              ? 'an access key that this browser keeps'
              : 'a key that your wallet makes by signing a text, or to one in an access key file'}
            . They are decrypted on this page and shown to nobody else.
          </p>
          <Actions>
            <Button onClick={() => void open()}>Show the credentials</Button>
          </Actions>
          {!known && (
            <FileField label="Or open them with an access key file" onText={(text) => void open(text)} />
          )}
        </>
      ) : (
        <>
          {opened.credentials.kind === 'ssh' ? (
            <SshLogin access={opened.credentials} lease={lease.address} saveAccessKey={saveAccessKey} />
          ) : (
            <>
              <CopyText text={harmlessLines(opened.credentials.text)} what="credentials" />
              {saveAccessKey}
            </>
          )}
        </>
      )}
      {problem && <Callout tone="risk">{problem}</Callout>}
    </Section>
  );
}

/** That credentials are not those of the start, and by whose word. */
function Replaced({
  published: { by, time },
  provider,
}: {
  published: Published;
  provider: LeaseNow['provider'];
}) {
  const isByWallet = by === provider.authority;
  return (
    <Callout tone={isByWallet ? 'out' : 'risk'}>
      <strong>
        Replaced <Time at={time} /> by {nameOf(by, provider)}.
      </strong>{' '}
      The earlier ones no longer work.{' '}
      {!isByWallet &&
        'If the machine shows a different host key, do not trust it until the provider’s wallet has signed it.'}
    </Callout>
  );
}

/** Which of the provider's keys that is, in words. */
const nameOf = (key: Address, { authority, operator }: LeaseNow['provider']) =>
  key === authority
    ? 'the provider’s wallet'
    : key === operator
      ? 'the provider’s operator'
      : `${shortAddress(key)}, which was a key of the provider at the time`;
