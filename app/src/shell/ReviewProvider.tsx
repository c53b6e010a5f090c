import { createContext, use, useCallback, useEffect, useState, type ReactNode } from 'react';
import { afterFirst } from '../chain/first';
import { loadRules } from '../rules';
import { formatError } from '../ui/format';
import { useToasts } from '../ui/Toasts';
import type { Review, Reviewed } from './Review';

const Context = createContext<Review | null>(null);

/** How a view asks the reader to review and sign. */
export function useReview(): Review {
  const review = use(Context);
  if (!review) throw new Error('no ReviewProvider');
  return review;
}

const load = async () => (await Promise.all([import('./Signing'), loadRules()]))[0].Signing;

/** Lets views ask for signatures. What that takes is loaded once the first view is there, or when something is to be signed. */
export function ReviewProvider({ children }: { children: ReactNode }) {
  const toasts = useToasts();
  const [Signing, setSigning] = useState<Awaited<ReturnType<typeof load>>>();
  const [reviewed, setReviewed] = useState<Reviewed>();
  useEffect(
    () =>
      void afterFirst()
        .then(load)
        .then((loaded) => setSigning(() => loaded))
        .catch(() => undefined),
    [],
  );
  const review = useCallback<Review>(
    async (request) => {
      try {
        const loaded = await load();
        setSigning(() => loaded);
      } catch (error) {
        toasts.show({ title: `${request.title}: not begun`, tone: 'risk', body: `A part of this page could not be loaded: ${formatError(error)}. Nothing was signed; try it again.` });
        return undefined;
      }
      return new Promise((settle) => setReviewed({ id: crypto.randomUUID(), request, settle }));
    },
    [toasts],
  );
  return (
    <Context value={review}>
      {children}
      {Signing && <Signing reviewed={reviewed} onClose={() => setReviewed((current) => (current === reviewed ? undefined : current))} />}
    </Context>
  );
}
