import type { Address } from '@solana/kit';
import { useCallback, useEffect, useRef, useState, type ReactNode } from 'react';
import { loadRules } from 'gpu-lease/rules';
import { useChain } from '../chain/Chain';
import { afterFirst } from '../ui/first';
import { formatError } from '../onchain/formatError';
import { useToasts } from '../ui/Toasts';
import { useWallets } from '../wallet/Wallets';
import { ReviewContext, type Review, type Reviewed } from './useReview';

const load = async () => (await Promise.all([import('./Signing'), loadRules()]))[0];
type Loaded = Awaited<ReturnType<typeof load>>;

/** Lets views ask for signatures. What that takes is loaded once the first view is there, or when something is to be signed. */
export function ReviewProvider({ children }: { children: ReactNode }) {
  const toasts = useToasts();
  const chain = useChain();
  const { account, accounts } = useWallets();
  const [loaded, setLoaded] = useState<Loaded>();
  const [reviewed, setReviewed] = useState<Reviewed>();
  useEffect(
    () =>
      void afterFirst()
        .then(load)
        .then(setLoaded)
        .catch(() => undefined),
    [],
  );
  const open = useRef<Reviewed>(undefined);
  const ask = useCallback<Review>(
    (request) =>
      new Promise((settle) => {
        // One that takes the place of another ends it.
        open.current?.settle(undefined);
        open.current = { id: crypto.randomUUID(), request, settle };
        setReviewed(open.current);
      }),
    [],
  );
  const review = useCallback<Review>(
    async (request) => {
      let signing: Loaded;
      try {
        signing = await load();
        setLoaded(signing);
      } catch (error) {
        toasts.show({
          title: `${request.title}: not started`,
          tone: 'risk',
          body: `A part of this page could not be loaded: ${formatError(error)}. Nothing was signed; load the page again.`,
        });
        return undefined;
      }
      const isMine = (address: Address) => accounts.some((mine) => mine.address === address);
      try {
        return await signing.reviewInTurn(request, { chain, account: account?.address, isMine }, ask);
      } catch (error) {
        toasts.show({ title: `${request.title}: not prepared`, tone: 'risk', body: formatError(error) });
        return undefined;
      }
    },
    [toasts, chain, account, accounts, ask],
  );
  return (
    <ReviewContext value={review}>
      {children}
      {loaded && (
        <loaded.Signing
          reviewed={reviewed}
          onClose={() => setReviewed((current) => (current === reviewed ? undefined : current))}
        />
      )}
    </ReviewContext>
  );
}
