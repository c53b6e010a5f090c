// What the reader has sent, from any view: followed until it is decided, and shown until then.

import type { Signature } from '@solana/kit';
import { useQueryClient } from '@tanstack/react-query';
import {
  createContext,
  use,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
  type ReactNode,
} from 'react';
import { follow, sentOf, type Outcome, type Prepared } from 'gpu-lease';
import { useChain } from '../chain/Chain';
import { actionOf, pendingFor, sentIn, type Pending } from '../chain/sent';
import { LIVE } from '../chain/keys';
import { formatError } from '../onchain/formatError';
import { keep, kept } from '../ui/kept';
import { useToasts } from '../ui/Toasts';
import type { ToastContent } from '../ui/ToastList';
import { AddressText } from '../onchain/AddressText';
import { ExplanationText } from './Explanation';

const store = sentIn({ getItem: () => kept('sent'), setItem: (_, text) => keep('sent', text) });

type Sending = {
  /** What is pending, of this tab and of others. */
  pending: readonly Pending[];
  /** What the node says instead of an answer about one that is pending. */
  troubles: ReadonlyMap<Signature, string>;
  /** One that is pending and does the same, of this tab or another, as it is right now. */
  pendingNow(request: Parameters<typeof pendingFor>[1]): Pending | undefined;
  /** Sends what is signed, and tells what became of it. */
  send(title: string, prepared: Prepared): { sent: Pending; outcome: Promise<Outcome> };
};

const Context = createContext<Sending | null>(null);

export function useSent(): Sending {
  const sending = use(Context);
  if (!sending) throw new Error('no SentProvider');
  return sending;
}

export function SentProvider({ children }: { children: ReactNode }) {
  const chain = useChain();
  const queries = useQueryClient();
  const toasts = useToasts();
  const followed = useRef(new Map<Signature, Promise<Outcome>>());
  const pending = useSyncExternalStore(store.subscribe, store.get);
  const [troubles, setTroubles] = useState<ReadonlyMap<Signature, string>>(new Map());

  const begin = useCallback(
    (sent: Pending): Promise<Outcome> => {
      const known = followed.current.get(sent.signature);
      if (known) return known;
      const update = toasts.show(waiting(sent));
      const decide = async () => {
        const outcome = await follow(
          chain,
          { ...sent, lastValidBlockHeight: BigInt(sent.lastValidBlockHeight) },
          (error) => {
            update(waiting(sent, error));
            setTroubles((all) => new Map(all).set(sent.signature, formatError(error)));
          },
        );
        store.remove(sent);
        for (const queryKey of LIVE) void queries.invalidateQueries({ queryKey });
        update(done(sent, outcome));
        return outcome;
      };
      const outcome = decide();
      followed.current.set(sent.signature, outcome);
      return outcome;
    },
    [chain, queries, toasts],
  );

  // What an earlier visit or another tab has sent is followed too.
  useEffect(() => pending.forEach((sent) => void begin(sent)), [pending, begin]);
  useEffect(() => {
    window.addEventListener('storage', store.refresh);
    return () => window.removeEventListener('storage', store.refresh);
  }, []);

  const value = useMemo<Sending>(
    () => ({
      pending,
      troubles,
      pendingNow(request) {
        store.refresh();
        return pendingFor(store.get(), request);
      },
      send(title, prepared) {
        const { lastValidBlockHeight, ...rest } = sentOf(prepared);
        const sent = {
          ...rest,
          lastValidBlockHeight: lastValidBlockHeight.toString(),
          title,
          action: actionOf(prepared.request),
        };
        store.add(sent);
        return { sent, outcome: begin(sent) };
      },
    }),
    [pending, troubles, begin],
  );
  return <Context value={value}>{children}</Context>;
}

/** The transaction's signature, by which any explorer finds it. */
export const TransactionLine = ({ signature }: Pick<Pending, 'signature'>) => (
  <>
    Transaction <AddressText address={signature} what="signature" />
  </>
);

/** That the node does not answer about a transaction that is pending, which is why it is not done again. */
export const TroubleText = ({ words }: { words: string }) => (
  <>
    The node does not say what became of it: {sentence(words)} It may have landed, so do not do it again. The
    page keeps asking, and sends the same transaction again while it can land.
  </>
);

const sentence = (words: string) => (/[.!?…]$/.test(words) ? words : `${words}.`);

/** That it is pending; with `trouble` that the node does not say what became of it. */
const waiting = ({ title, signature }: Pending, trouble?: unknown): ToastContent => ({
  title: `${title}: sent`,
  tone: 'out',
  isBusy: true,
  body: (
    <>
      <p>
        <TransactionLine signature={signature} /> is pending.
      </p>
      {trouble === undefined ? (
        <p>Waiting for the cluster to confirm it.</p>
      ) : (
        <p>
          <TroubleText words={formatError(trouble)} />
        </p>
      )}
    </>
  ),
});

export function done(
  { title, signature }: Pick<Pending, 'title' | 'signature'>,
  outcome: Outcome,
): ToastContent {
  const line = <TransactionLine signature={signature} />;
  switch (outcome.state) {
    case 'confirmed':
      return { title: `${title}: confirmed`, body: line, tone: 'in' };
    case 'refused':
      return {
        title: `${title}: refused`,
        tone: 'risk',
        body: <ExplanationText explanation={outcome.refusal} />,
      };
    case 'expired':
      return {
        title: `${title}: not done`,
        tone: 'risk',
        body: (
          <>
            {line} was not included in a block, and no longer can be. Nothing has moved; do it again if you
            still want it.
          </>
        ),
      };
    case 'forgotten':
      return {
        title: `${title}: outcome unknown`,
        tone: 'risk',
        body: (
          <>
            {line} can no longer land, and this node keeps no history to say whether it did. Look it up in an
            explorer before you do it again.
          </>
        ),
      };
  }
}
