import type { Address } from '@solana/kit';
import { useState, type ReactNode } from 'react';
import { steadySecret } from '../access/access';
import { fromKeyFile, keepSecret, toKeyFile } from '../access/accessKeys';
import { Callout } from '../ui/Blocks';
import { Button } from '../ui/Button';
import { download } from '../ui/download';
import { FileField, Select } from '../ui/Field';
import { formatError } from '../onchain/formatError';
import { useWallets } from '../wallet/Wallets';

type Choice = 'wallet' | 'random' | 'file';

const HINTS: Record<Choice, string> = {
  wallet:
    'The wallet signs a text, which makes the key whenever it is needed. The first time it is asked twice, to check that it makes the same key again.',
  random: 'This browser keeps the key. If you clear its data, only the file opens the credentials.',
  file: 'For instance one that the command line has made. This browser keeps the key as well.',
};

/** Which key the credentials will be encrypted to. Nothing is deposited before it is sure that the renter has it. */
export function useAccessKey(renter: Address | undefined): {
  fields: ReactNode;
  isReady: boolean;
  secretFor: (nonce: bigint) => Promise<Uint8Array>;
} {
  const wallets = useWallets();
  const [chosen, setChosen] = useState<Choice>();
  const [random] = useState(() => crypto.getRandomValues(new Uint8Array(32)));
  const [file, setFile] = useState<Uint8Array | string>();
  const [isSaved, setSaved] = useState(false);
  const isMute = renter !== undefined && !wallets.canSignMessage(renter);
  const choice = chosen ?? (isMute ? 'random' : 'wallet');

  async function ofWallet(nonce: bigint): Promise<Uint8Array> {
    const secret = await steadySecret(wallets, renter!, nonce).catch((error: unknown) => {
      throw new Error(
        `The wallet did not sign the text, nothing was sent: ${formatError(error)}. Try again, or choose a random access key, which needs no signature.`,
        { cause: error },
      );
    });
    if (secret) return secret;
    setChosen('random');
    throw new Error(
      'This wallet signs the same text differently each time, so it could not open the credentials later. A random access key is chosen instead: save it, then review again.',
    );
  }

  async function secretFor(nonce: bigint): Promise<Uint8Array> {
    if (choice === 'wallet') return ofWallet(nonce);
    const secret = choice === 'random' ? random : file;
    if (!(secret instanceof Uint8Array)) throw new Error('Choose an access key file first.');
    if (!keepSecret(secret) && choice === 'random' && !isSaved)
      throw new Error(
        'This browser would forget the access key when the page is closed. Save it first, then review again.',
      );
    return secret;
  }

  const fields = (
    <>
      <Select
        label="Access key"
        value={choice}
        onChange={(event) => setChosen(event.target.value as Choice)}
        hint={HINTS[choice]}
      >
        <option value="wallet" disabled={isMute}>
          made by this wallet
        </option>
        <option value="random">random, kept by this browser</option>
        <option value="file">from a key file</option>
      </Select>
      {choice === 'random' && (
        <Callout
          tone={isSaved ? undefined : 'out'}
          action={
            <Button
              small
              onClick={() => {
                download('gpu-lease-access.key', toKeyFile(random));
                setSaved(true);
              }}
            >
              Save the access key
            </Button>
          }
        >
          {isMute && 'This wallet cannot sign texts, so it cannot make an access key. '}
          {isSaved
            ? 'Saved. Keep the file where nobody else can read it.'
            : 'Save the access key as a file: without it, the credentials cannot be shown once this browser’s data is cleared.'}
        </Callout>
      )}
      {choice === 'file' && (
        <FileField
          label="Access key file"
          error={typeof file === 'string' ? file : undefined}
          onText={(text) => setFile(fromKeyFile(text))}
        />
      )}
    </>
  );
  return { fields, isReady: choice !== 'file' || file instanceof Uint8Array, secretFor };
}
