// Every transaction goes through here: simulated first, its changes shown, then signed, sent and followed.

import type { Address, Signature } from '@solana/kit';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import {
  BLOCKHASH_LIFE,
  mostPriority,
  prepare,
  requestOf,
  signersOf,
  simulate,
  transactionFromText,
  transactionToText,
  type Outcome,
  type Prepared,
  type Preview,
} from 'gpu-lease';
import { useChain, type Chain } from '../chain/Chain';
import { clusterOptions } from '../chain/domain';
import { pendingFor, type Pending } from '../chain/sent';
import { keys } from '../chain/keys';
import { keepHalfSigned } from './halfSigned';
import { Skeleton, Callout } from '../ui/Blocks';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { formatError } from '../onchain/formatError';
import { formatNumber, shortAddress } from '../ui/format';
import { AddressText } from '../onchain/AddressText';
import { Amount, CopyButton, Sol } from '../ui/Values';
import { isEdited } from '../wallet/edited';
import { useWallets } from '../wallet/Wallets';
import { ExplanationText } from './Explanation';
import { unsigned } from './inTurn';
import { done, TransactionLine, TroubleText, useSent } from './Sent';
import type { Reviewed, ReviewRequest } from './useReview';
import styles from './Review.module.css';

export function ReviewDialog({ id, request, settle, onClose }: Reviewed & { onClose: () => void }) {
  const chain = useChain();
  const wallets = useWallets();
  const { pending, troubles, pendingNow, send } = useSent();
  const { data: foreign } = useQuery(clusterOptions(chain));
  const [own, setOwn] = useState<Signature>();
  const [end, setEnd] = useState<{ sent: Pending; result: Outcome }>();
  const [state, setState] = useState<'idle' | 'signing' | 'sending'>('idle');
  const [problem, setProblem] = useState<string>();
  const isLeft = useRef(false);
  const [handover, setHandover] = useState<{ text: string; missing: Address[] }>();
  const preview = useQuery({
    queryKey: keys.simulation(id),
    queryFn: () => simulate(chain, request),
    gcTime: 0,
    staleTime: 0,
    retry: false,
  });

  // What is signed is told by a file of its own; nothing is signed before it is there.
  const sentences = useQuery({
    queryKey: keys.sentences,
    queryFn: () => import('./Sentences'),
    staleTime: Infinity,
    refetchInterval: false,
  });

  const isMine = (address: Address) => wallets.accounts.some((account) => account.address === address);

  // Whatever takes the dialog away, an answer of the wallet's that comes later is not sent.
  useEffect(() => {
    isLeft.current = false;
    return () => void (isLeft.current = true);
  }, []);

  const close = (signature?: Signature) => {
    isLeft.current = true;
    settle(signature);
    onClose();
  };

  async function sign(simulated: Preview) {
    setProblem(undefined);
    setState('signing');
    let prepared: Prepared;
    try {
      prepared = request.prepared ?? (await prepare(chain, request, simulated));
      const mine = signersOf(prepared.bytes).filter(({ address, signed }) => !signed && isMine(address));
      const asked = prepared.bytes;
      for (const { address } of mine)
        prepared = { ...prepared, bytes: await wallets.signTransaction(address, prepared.bytes) };
      if (!isLeft.current && isEdited(asked, prepared.bytes)) prepared = await reviewEdited(chain, prepared);
    } catch (error) {
      setState('idle');
      setProblem(`The wallet did not sign, nothing was sent: ${formatError(error)}`);
      return;
    }
    // A reader who has left the dialog no longer agrees: what the wallet signs late goes nowhere.
    if (isLeft.current) return;
    const missing = signersOf(prepared.bytes)
      .filter(({ signed }) => !signed)
      .map(({ address }) => address);
    if (missing.length > 0) {
      setState('idle');
      const text = transactionToText(prepared.bytes);
      if (prepared.request.nonce) keepHalfSigned(text);
      setHandover({ text, missing });
      return;
    }
    // Another tab, or another dialog, may have been faster while the wallet was asked.
    if (pendingNow(request)) return setState('idle');
    setState('sending');
    const { sent, outcome } = send(request.title, prepared);
    setOwn(sent.signature);
    const result = await outcome;
    if (result.state === 'confirmed') return close(sent.signature);
    // It is told where the reader looks. What others have signed as well cannot be prepared again here.
    if (result.state !== 'expired' || request.prepared) return setEnd({ sent, result });
    setOwn(undefined);
    setState('idle');
    setProblem(
      'It was not included in a block in time, nothing has moved, and it can never land. Sign it again if you still want it.',
    );
    void preview.refetch();
  }

  const { data, error, isPending } = preview;
  const before = pendingFor(pending, request);
  const isBlocked = foreign !== null || (before !== undefined && before.signature !== own);
  const others = unsigned(request).filter((address) => !isMine(address));
  return (
    <Dialog
      title={request.title}
      onClose={() => close()}
      actions={
        <>
          <Button onClick={() => close()}>{handover || own ? 'Close' : 'Cancel'}</Button>
          {!handover && !end && (
            <Button
              look="primary"
              disabled={
                !data || !sentences.data || data.refusal !== undefined || state !== 'idle' || isBlocked
              }
              onClick={() => data && sign(data)}
            >
              {state === 'signing'
                ? 'Waiting for the wallet …'
                : state === 'sending'
                  ? 'Confirming …'
                  : 'Sign and send'}
            </Button>
          )}
        </>
      }
    >
      {sentences.data && (
        <sentences.data.Sentences
          instructions={
            handover ? requestOf(transactionFromText(handover.text)).instructions : request.instructions
          }
        />
      )}
      {sentences.isError && (
        <Callout
          tone="risk"
          action={
            <Button small onClick={() => location.reload()}>
              Load the page again
            </Button>
          }
        >
          What this signs could not be loaded, so it cannot be signed yet: {formatError(sentences.error)}
        </Callout>
      )}
      {request.summary}
      {isPending && <Skeleton lines={3} />}
      {error && (
        <Callout
          tone="risk"
          action={
            <Button small onClick={() => void preview.refetch()}>
              Try again
            </Button>
          }
        >
          The cluster could not be asked what this would do: {formatError(error)}
        </Callout>
      )}
      {data?.refusal && (
        <Callout tone="risk">
          <strong>This would be refused. Nothing was sent.</strong>
          <ExplanationText explanation={data.refusal} />
        </Callout>
      )}
      {data && !data.refusal && <Changes preview={data} request={request} />}
      {others.length > 0 && !handover && (
        <Callout>
          It also needs the signature of {others.map(shortAddress).join(' and ')}. You sign first and get a
          text to pass on.
        </Callout>
      )}
      {foreign && <Callout tone="risk">{foreign}</Callout>}
      {before && (
        <Callout tone={before.signature === own ? 'out' : 'risk'}>
          {before.signature === own ? (
            <>
              <strong>Signed and sent.</strong> <TransactionLine signature={before.signature} /> is pending
              until the cluster confirms it. You may close this; the page goes on by itself.
              {troubles.has(before.signature) && (
                <>
                  {' '}
                  <TroubleText words={troubles.get(before.signature)!} />
                </>
              )}
            </>
          ) : (
            <>
              <strong>This is already under way.</strong> <TransactionLine signature={before.signature} /> may
              still land, so it is not signed a second time. Wait until the page says what became of it:{' '}
              {before.nonce
                ? 'it can land until its durable nonce is used or withdrawn.'
                : 'usually seconds, and two minutes at most once the node answers.'}
            </>
          )}
        </Callout>
      )}
      {state === 'signing' && (
        <Callout>
          Answer in your wallet. You can cancel here at any time; what it signs after that is not sent.
        </Callout>
      )}
      {problem && <Callout tone="risk">{problem}</Callout>}
      {end && <End sent={end.sent} result={end.result} />}
      {handover && (
        <Callout
          tone="out"
          action={<CopyButton text={handover.text} what="half-signed transaction" label="Copy" />}
        >
          <strong>Signed by you.</strong> Copy the transaction and send it to{' '}
          {handover.missing.map(shortAddress).join(' and ')}, who signs it under “Sign”
          {request.nonce
            ? '. It is good until it is used, or you withdraw it under “Sign”.'
            : ' within a minute.'}
          <textarea
            className={styles.handover}
            readOnly
            value={handover.text}
            aria-label="Half-signed transaction"
            rows={3}
          />
        </Callout>
      )}
    </Dialog>
  );
}

/** A transaction as the wallet made it: what it would do now, by its own instructions. */
async function reviewEdited(chain: Chain, { bytes }: Prepared): Promise<Prepared> {
  const edited = requestOf(bytes);
  const [{ refusal }, height] = await Promise.all([
    simulate(chain, edited),
    chain.rpc.getBlockHeight({ commitment: 'confirmed' }).send(),
  ]);
  if (refusal)
    throw new Error(
      `it added instructions of its own, and with them the program would refuse it: ${refusal.what} ${refusal.advice}`,
    );
  // It may have chosen a newer blockhash too, which is at most as old as one lives from now on.
  return { request: edited, bytes, lastValidBlockHeight: height + BLOCKHASH_LIFE };
}

/** What became of what was sent. */
function End({ sent, result }: { sent: Pending; result: Outcome }) {
  const { title, body } = done(sent, result);
  return (
    <Callout tone="risk">
      <strong>{title}.</strong> {body}
    </Callout>
  );
}

/** Whose balance changes by how much, and what becomes of SOL that no wallet gets. */
function Changes({
  preview: { changes, rent, fee, computeUnits },
  request,
}: {
  preview: Preview;
  request: ReviewRequest;
}) {
  const { accounts } = useWallets();
  const { cluster } = useChain();
  const nameOf = (owner: Address) =>
    accounts.find(({ address }) => address === owner)?.label ?? request.names?.[owner];
  const symbolOf = (mint: Address) => cluster.tokens?.[mint] ?? shortAddress(mint);
  const mine = (owner: Address) => accounts.some(({ address }) => address === owner);
  const sorted = [...changes].sort((a, b) => Number(mine(b.owner)) - Number(mine(a.owner)));
  const priority = mostPriority(request, computeUnits);
  return (
    <div>
      <h3>What will change</h3>
      {sorted.length === 0 && <p className={styles.none}>Nothing but the network fee.</p>}
      <table className={styles.changes}>
        <tbody>
          {sorted.map(({ owner, mint, change, decimals }) => {
            const tone = change > 0n ? ('in' as const) : ('out' as const);
            return (
              <tr key={`${owner} ${mint}`}>
                <th scope="row">
                  <AddressText address={owner} name={nameOf(owner)} copy={false} />
                </th>
                <td>
                  {mint ? (
                    <Amount
                      value={change}
                      token={{ decimals, symbol: symbolOf(mint) }}
                      signed
                      tone={tone}
                      places={decimals}
                    />
                  ) : (
                    <Sol value={change} signed tone={tone} />
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {rent !== 0n && (
        <p className={styles.none}>
          {rent > 0n ? 'Of the SOL, accounts on chain keep ' : 'Of the SOL, accounts on chain give back '}
          <Sol value={rent > 0n ? rent : -rent} /> as their rent
          {rent > 0n ? ' or a deposit' : ' or the deposit in them'}.
        </p>
      )}
      <p className={styles.none}>
        {fee > 0n ? (
          <>
            The network fee of <Sol value={fee} /> is included.{' '}
          </>
        ) : (
          'The network fee comes on top. '
        )}
        {priority > 0n && (
          <>
            A priority fee of at most <Sol value={priority} /> comes on top.{' '}
          </>
        )}
        {formatNumber(computeUnits)} compute units.
      </p>
    </div>
  );
}
