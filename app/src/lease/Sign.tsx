import type { Address } from '@solana/kit';
import { useState } from 'react';
import { useChain } from '../chain/Chain';
import { calls, fromText, requestOf, signers, type TransactionRequest } from '../chain/transaction';
import { rules, type Joint } from '../rules';
import { useReview } from '../shell/Review';
import { ConnectButton } from '../shell/WalletMenu';
import { Actions, Notice, PageTitle, Section } from '../ui/Blocks';
import { Button } from '../ui/Button';
import { TextArea } from '../ui/Field';
import { formatCount, formatDuration, formatError, shortAddress } from '../ui/format';
import { AddressText } from '../ui/Values';
import { useWallets } from '../wallet/Wallets';

/** Blocks for which a blockhash counts. */
const BLOCKHASH_LIFE = 150n;

/** Signs a transaction that another party has signed already: growing a lease, closing one together, paying for a renter. */
export function Sign() {
  const { account, accounts } = useWallets();
  const review = useReview();
  const { rpc } = useChain();
  const [text, setText] = useState('');
  const read = parse(text);
  const missing = typeof read === 'object' ? read.missing : [];
  const others = missing.filter((address) => !accounts.some((account) => account.address === address));
  return (
    <>
      <PageTitle title="Sign what another party prepared">
        Some transactions take two signatures. Paste the text that you were sent; you see what it does before you sign.
      </PageTitle>
      <Section>
        <TextArea
          label="Half-signed transaction"
          value={text}
          onChange={(event) => setText(event.target.value)}
          error={typeof read === 'string' && text.trim() !== '' ? read : undefined}
          hint="It is good for about a minute after it was prepared."
        />
        {others.length > 0 && account && <Notice tone="risk">It takes the signature of {others.map(shortAddress).join(' and ')}, which this wallet does not have.</Notice>}
        <Actions>
          {account ? (
            <Button
              look="primary"
              disabled={typeof read === 'string'}
              onClick={async () => {
                if (typeof read !== 'object') return;
                // Its blockhash is at most as old as a blockhash lives from now on.
                const height = await rpc.getBlockHeight({ commitment: 'confirmed' }).send();
                void review({ ...read.request, summary: <WhatItDoes joint={read.joint} />, prepared: { ...read, lastValidBlockHeight: height + BLOCKHASH_LIFE } });
              }}
            >
              Review
            </Button>
          ) : (
            <ConnectButton />
          )}
        </Actions>
      </Section>
    </>
  );
}

/** In words what the parties do together. */
const WhatItDoes = ({ joint }: { joint: Joint[] }) => (
  <ul>
    {joint.map(({ instruction, lease, gpus, duration }) => (
      <li key={instruction}>
        {{
          create_participant: 'Opens the account that counts the fees that the renter pays.',
          open_lease: `Opens a lease of ${formatCount(gpus ?? 0, 'GPU')} for ${formatDuration(duration ?? 0)}.`,
          resize_lease: `Lets the lease go on with ${formatCount(gpus ?? 0, 'GPU')}.`,
          close_lease: 'Closes the lease at once, and accepts what is claimed.',
        }[instruction] ?? instruction}{' '}
        {lease && <AddressText address={lease} />}
      </li>
    ))}
  </ul>
);

type Read = { bytes: Uint8Array; request: TransactionRequest; missing: Address[]; joint: Joint[] };

/** The transaction in a text, or why it is not to be signed. */
function parse(text: string): Read | string {
  let read: Omit<Read, 'joint'>;
  try {
    const bytes = fromText(text);
    const missing = signers(bytes).filter(({ signed }) => !signed).map(({ address }) => address);
    read = { bytes, request: requestOf(bytes), missing };
  } catch {
    return 'This is no transaction. Paste the whole text that the other party copied.';
  }
  try {
    return { ...read, joint: rules().checkTogether(calls(read.request)) };
  } catch (error) {
    return formatError(error);
  }
}
