import type { Address } from '@solana/kit';
import { useState } from 'react';
import { useQuery } from '@tanstack/react-query';
import {
  BLOCKHASH_LIFE,
  callsOf,
  nonceAt,
  requestOf,
  signersOf,
  transactionFromText,
  type TransactionRequest,
} from 'gpu-lease';
import { program } from 'gpu-lease/rules';
import { useChain } from '../chain/Chain';
import { keys } from '../chain/keys';
import { useReview } from '../shell/useReview';
import { ConnectButton } from '../shell/WalletMenu';
import { Actions, Callout, PageTitle, Section } from '../ui/Blocks';
import { Button } from '../ui/Button';
import { TextArea } from '../ui/Field';
import { formatError } from '../onchain/formatError';
import { shortAddress } from '../ui/format';
import { AddressText } from '../onchain/AddressText';
import { useWallets } from '../wallet/Wallets';
import { HalfSignedByYou } from './HalfSignedByYou';
import { partOf } from './partOf';
import { WhatItIsAbout } from './WhatItIsAbout';

/** Signs a transaction that another party has signed already: growing a lease, closing one together, paying for a renter. */
export function Sign() {
  const { account, accounts } = useWallets();
  const review = useReview();
  const chain = useChain();
  const { rpc } = chain;
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<string>();
  const read = parse(text);
  const missing = typeof read === 'object' ? read.missing : [];
  const nonce = typeof read === 'object' ? read.request.nonce : undefined;
  const isMyNonce = nonce !== undefined && accounts.some(({ address }) => address === nonce.authority);
  const spent = useQuery({
    queryKey: keys.nonce(nonce?.account, nonce?.value),
    enabled: nonce !== undefined,
    queryFn: async () => {
      const found = await nonceAt(chain, nonce!.account);
      return found?.value !== nonce!.value || found.authority !== nonce!.authority;
    },
    staleTime: 0,
    refetchInterval: 5_000,
  });
  const others = missing.filter((address) => !accounts.some((account) => account.address === address));
  async function submit({ request, bytes }: Read) {
    setProblem(undefined);
    try {
      // Its blockhash is at most as old as a blockhash lives from now on.
      const height = await rpc.getBlockHeight({ commitment: 'confirmed' }).send();
      const prepared = { request, bytes, lastValidBlockHeight: height + BLOCKHASH_LIFE };
      void review({
        ...request,
        title: 'Sign a transaction',
        summary: <WhatItIsAbout instructions={request.instructions} />,
        prepared,
      });
    } catch (error) {
      setProblem(`Nothing was signed. ${formatError(error)}`);
    }
  }

  return (
    <>
      <PageTitle title="Sign what another party prepared">
        Some transactions need two signatures. Paste the text that you were sent; you will see what it does
        before you sign.
      </PageTitle>
      <Section>
        <TextArea
          label="Half-signed transaction"
          value={text}
          onChange={(event) => setText(event.target.value)}
          error={typeof read === 'string' && text.trim() !== '' ? read : undefined}
          hint="It is good for about a minute after it was prepared, or longer if it uses a durable nonce."
        />
        {others.length > 0 && account && (
          <Callout tone="risk">
            It needs the signature of {others.map(shortAddress).join(' and ')}, which this wallet does not
            have.
          </Callout>
        )}
        {nonce && !spent.data && (
          <Callout>
            It uses the durable nonce <AddressText address={nonce.account} /> of{' '}
            <AddressText address={nonce.authority} />,{' '}
            {spent.isError ? 'which could not be read' : 'and is good until that nonce is used or withdrawn'}.
          </Callout>
        )}
        {nonce && spent.data && (
          <Callout tone="risk">
            It was used or withdrawn: its durable nonce has another value or owner now. Ask for a new one.
          </Callout>
        )}
        {isMyNonce && (
          <Callout tone="risk">
            It uses up a durable nonce of yours, which would void another transaction that you have
            half-signed. Do not sign it.
          </Callout>
        )}
        {problem && <Callout tone="risk">{problem}</Callout>}
        <Actions>
          {account ? (
            <Button
              look="primary"
              disabled={typeof read === 'string' || spent.data === true || isMyNonce}
              onClick={() => typeof read === 'object' && void submit(read)}
            >
              Review
            </Button>
          ) : (
            <ConnectButton />
          )}
        </Actions>
      </Section>
      {account && <HalfSignedByYou account={account.address} />}
    </>
  );
}

type Read = { bytes: Uint8Array; request: TransactionRequest; missing: Address[] };

/** The transaction in a text, or why it is not to be signed. */
function parse(text: string): Read | string {
  let read: Read;
  try {
    const bytes = transactionFromText(text);
    const missing = signersOf(bytes)
      .filter(({ signed }) => !signed)
      .map(({ address }) => address);
    read = { bytes, request: requestOf(bytes), missing };
  } catch {
    return 'This is not a transaction. Paste the whole text that the other party copied.';
  }
  try {
    program().checkTogether(callsOf({ instructions: partOf(read.request) }));
    return read;
  } catch (error) {
    return formatError(error);
  }
}
