// Every transaction goes through here: simulated first, its changes shown, then signed, sent and followed.

import { isSignerRole, type Address, type Signature } from '@solana/kit';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { useChain } from '../chain/Chain';
import { clusterOptions } from '../chain/domain';
import { pendingFor } from '../chain/sent';
import { prepare, signers, simulate, toText, type Prepared, type Preview, type TransactionRequest } from '../chain/transaction';
import { Skeleton, Notice } from '../ui/Blocks';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { formatError, shortAddress } from '../ui/format';
import { AddressText, Amount, CopyButton, Sol } from '../ui/Values';
import { useWallets } from '../wallet/Wallets';
import { ExplanationText } from './Explanation';
import { Sentences } from './Sentences';
import { TransactionLine, useSent } from './Sent';
import styles from './Review.module.css';

export type ReviewRequest = TransactionRequest & {
  /** What the reader should know before signing, above the changes. */
  summary?: ReactNode;
  /** Words for addresses that the changes name: the escrow of a lease, the other party. */
  names?: Record<Address, string>;
  /** Already signed by others; then it is signed and sent as it is. */
  prepared?: Prepared;
};

export { useReview } from './ReviewProvider';

/** Asks the reader to review and sign; the signature once the transaction is confirmed, else `undefined`. */
export type Review = (request: ReviewRequest) => Promise<Signature | undefined>;

/** What is reviewed now, and whom its end is told. */
export type Reviewed = { id: string; request: ReviewRequest; settle: (signature: Signature | undefined) => void };

export function ReviewDialog({ id, request, settle, onClose }: Reviewed & { onClose: () => void }) {
  const chain = useChain();
  const wallets = useWallets();
  const { pending, send } = useSent();
  const { data: foreign } = useQuery(clusterOptions(chain));
  const [own, setOwn] = useState<Signature>();
  const [state, setState] = useState<'idle' | 'signing' | 'sending'>('idle');
  const [problem, setProblem] = useState<string>();
  const [handover, setHandover] = useState<{ text: string; missing: Address[] }>();
  const preview = useQuery({
    queryKey: ['simulation', id],
    queryFn: () => simulate(chain, request),
    gcTime: 0,
    staleTime: 0,
    retry: false,
  });

  const isMine = (address: Address) => wallets.accounts.some((account) => account.address === address);

  const close = (signature?: Signature) => {
    settle(signature);
    onClose();
  };

  async function sign(simulated: Preview) {
    setProblem(undefined);
    setState('signing');
    let prepared: Prepared;
    try {
      prepared = request.prepared ?? (await prepare(chain, request, simulated));
      const mine = signers(prepared.bytes).filter(({ address, signed }) => !signed && isMine(address));
      for (const { address } of mine) prepared = { ...prepared, bytes: await wallets.signTransaction(address, prepared.bytes) };
    } catch (error) {
      setState('idle');
      setProblem(`The wallet did not sign, nothing was sent: ${formatError(error)}`);
      return;
    }
    const missing = signers(prepared.bytes).filter(({ signed }) => !signed).map(({ address }) => address);
    if (missing.length > 0) {
      setState('idle');
      setHandover({ text: toText(prepared.bytes), missing });
      return;
    }
    setState('sending');
    const { sent, outcome } = send(request.title, prepared);
    setOwn(sent.signature);
    const { state: became } = await outcome;
    if (became === 'confirmed') return close(sent.signature);
    // What others have signed as well cannot be prepared again here.
    if (became !== 'expired' || request.prepared) return close();
    setOwn(undefined);
    setState('idle');
    setProblem('It was not taken up in time, nothing has moved, and it can never land. Sign it again if you still want it.');
    void preview.refetch();
  }

  const { data, error, isPending } = preview;
  const before = pendingFor(pending, request);
  const isBlocked = foreign !== null || (before !== undefined && before.signature !== own);
  const others = unsigned(request).filter((address) => !isMine(address));
  return (
    <Dialog
      title={request.title}
      onClose={() => state !== 'signing' && close()}
      actions={
        <>
          <Button onClick={() => close()} disabled={state === 'signing'}>
            {handover || own ? 'Close' : 'Cancel'}
          </Button>
          {!handover && (
            <Button look="primary" disabled={!data || data.refusal !== undefined || state !== 'idle' || isBlocked} onClick={() => data && sign(data)}>
              {state === 'signing' ? 'Waiting for the wallet …' : state === 'sending' ? 'Confirming …' : 'Sign and send'}
            </Button>
          )}
        </>
      }
    >
      {request.summary}
      <Sentences instructions={request.instructions} />
      {isPending && <Skeleton lines={3} />}
      {error && (
        <Notice tone="risk" action={<Button small onClick={() => void preview.refetch()}>Try again</Button>}>
          The cluster could not be asked what this would do: {formatError(error)}
        </Notice>
      )}
      {data?.refusal && (
        <Notice tone="risk">
          <strong>This would be refused. Nothing was sent.</strong>
          <ExplanationText explanation={data.refusal} />
        </Notice>
      )}
      {data && !data.refusal && <Changes preview={data} names={request.names ?? {}} />}
      {others.length > 0 && !handover && (
        <Notice>
          It also takes the signature of {others.map(shortAddress).join(' and ')}. You sign first and get a text to hand over.
        </Notice>
      )}
      {foreign && <Notice tone="risk">{foreign}</Notice>}
      {before && (
        <Notice tone={before.signature === own ? 'out' : 'risk'}>
          {before.signature === own ? (
            <>
              <strong>Signed and sent.</strong> <TransactionLine signature={before.signature} /> is pending until the cluster confirms it. You may
              close this; the page goes on by itself.
            </>
          ) : (
            <>
              <strong>This is under way already.</strong> <TransactionLine signature={before.signature} /> may still land, so it is not signed a
              second time. Wait until the page says what became of it: seconds as a rule, two minutes at most once the node answers.
            </>
          )}
        </Notice>
      )}
      {problem && <Notice tone="risk">{problem}</Notice>}
      {handover && (
        <Notice tone="out" action={<CopyButton text={handover.text} what="half-signed transaction" label="Copy" />}>
          <strong>Signed by you.</strong> Copy the transaction and send it to {handover.missing.map(shortAddress).join(' and ')}, who signs it
          under “Sign” within a minute.
          <textarea className={styles.handover} readOnly value={handover.text} aria-label="Half-signed transaction" rows={3} />
        </Notice>
      )}
    </Dialog>
  );
}

/** Who has yet to sign. */
function unsigned({ payer, instructions, prepared }: ReviewRequest): Address[] {
  if (prepared) return signers(prepared.bytes).filter(({ signed }) => !signed).map(({ address }) => address);
  const needed = instructions.flatMap(({ accounts = [] }) => accounts.filter(({ role }) => isSignerRole(role)).map(({ address }) => address));
  return [...new Set([payer, ...needed])];
}

/** Whose balance changes by how much. */
function Changes({ preview, names }: { preview: Preview; names: Record<Address, string> }) {
  const { accounts } = useWallets();
  const { cluster } = useChain();
  const nameOf = (owner: Address) => accounts.find(({ address }) => address === owner)?.label ?? names[owner];
  const symbolOf = (mint: Address) => cluster.tokens?.[mint] ?? shortAddress(mint);
  const mine = (owner: Address) => accounts.some(({ address }) => address === owner);
  const sorted = [...preview.changes].sort((a, b) => Number(mine(b.owner)) - Number(mine(a.owner)));
  return (
    <div>
      <h3>What will change</h3>
      {sorted.length === 0 && <p className={styles.none}>No balance but the network fee.</p>}
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
                  {mint ? <Amount value={change} token={{ decimals, symbol: symbolOf(mint) }} signed tone={tone} places={decimals} /> : <Sol value={change} signed tone={tone} />}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <p className={styles.none}>{preview.computeUnits.toLocaleString()} compute units. The network fee comes on top.</p>
    </div>
  );
}
