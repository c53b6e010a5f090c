import { createContext, lazy, Suspense, use, useCallback, useMemo, useState, type ReactNode } from 'react';
import type { Shown, ToastContent } from './ToastList';

type Toasts = {
  /** Shows a toast; returns how to replace it. */
  show(content: ToastContent): (content: ToastContent) => void;
};

const Context = createContext<Toasts | null>(null);

let last = 0;

// Loaded with the first toast.
const ToastList = lazy(() => import('./ToastList'));

/** Shows what happened at the edge of the page. What failed stays until it is closed. */
export function ToastsProvider({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<Shown[]>([]);
  const put = useCallback((id: number, content: ToastContent) => {
    setToasts((toasts) =>
      toasts.some((toast) => toast.id === id)
        ? toasts.map((toast) => (toast.id === id ? { id, content } : toast))
        : [...toasts, { id, content }],
    );
  }, []);
  const value = useMemo<Toasts>(
    () => ({
      show(content) {
        const id = ++last;
        put(id, content);
        return (content) => put(id, content);
      },
    }),
    [put],
  );
  return (
    <Context value={value}>
      {children}
      {toasts.length > 0 && (
        <Suspense fallback={null}>
          <ToastList
            toasts={toasts}
            onGone={(gone) => setToasts((toasts) => toasts.filter(({ id }) => id !== gone))}
          />
        </Suspense>
      )}
    </Context>
  );
}

export function useToasts(): Toasts {
  const toasts = use(Context);
  if (!toasts) throw new Error('no ToastsProvider');
  return toasts;
}
