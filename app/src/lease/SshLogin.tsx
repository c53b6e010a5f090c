import type { Address } from '@solana/kit';
import { useState, type ReactNode } from 'react';
import type { SshAccess } from 'gpu-lease';
import { formatError } from '../onchain/formatError';
import { Actions, Callout } from '../ui/Blocks';
import { Button } from '../ui/Button';
import { download } from '../ui/download';
import { CopyText } from './CopyText';
import { anySsh, oneCommand } from './login';

/** How to log in: by one command of the command line's, or by any SSH client with two files. */
export function SshLogin({
  access,
  lease,
  saveAccessKey,
}: {
  access: SshAccess;
  lease: Address;
  /** The button that saves what the first command takes. */
  saveAccessKey: ReactNode;
}) {
  const [problem, setProblem] = useState<string>();
  const { command, key, knownHosts } = anySsh(access, lease);
  async function saveKey({ name, text }: NonNullable<typeof key>) {
    setProblem(undefined);
    try {
      download(name, await text());
    } catch (error) {
      setProblem(
        `This browser cannot make the SSH key: ${formatError(error)}. Use the command line, or another browser.`,
      );
    }
  }
  return (
    <>
      <p>
        The machine takes SSH at <code dir="ltr">{access.host}</code>, port {access.port}. The command line
        logs in with one command, in the folder where you save the access key:
      </p>
      {saveAccessKey}
      <CopyText text={oneCommand(access, lease)} what="command" />
      <p>
        Any other SSH client takes {key ? 'two files' : 'your own key and a file'}, by which it knows the
        machine
        {key && ' and the machine knows you'}. Save {key ? 'them' : 'it'}, and run this next to{' '}
        {key ? 'them' : 'it'}:
      </p>
      <Actions>
        {key && (
          <Button small onClick={() => void saveKey(key)}>
            Save the SSH key
          </Button>
        )}
        <Button small onClick={() => download(knownHosts.name, knownHosts.text)}>
          Save the known host
        </Button>
      </Actions>
      <CopyText text={command} what="SSH command" />
      {problem && <Callout tone="risk">{problem}</Callout>}
    </>
  );
}
