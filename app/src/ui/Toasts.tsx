import { Toast } from 'radix-ui';
import { createContext, use, useCallback, useMemo, useState, type ReactNode } from 'react';
import styles from './Toasts.module.css';
import type { Tone } from './Values';

export type ToastContent = { title: string; body?: ReactNode; tone?: Tone; isBusy?: boolean };

type Toasts = {
  /** Shows a toast; returns how to replace it. */
  show(content: ToastContent): (content: ToastContent) => void;
};

const Context = createContext<Toasts | null>(null);

let last = 0;

/** Shows what happened at the edge of the page. What failed stays until it is closed. */
export function ToastsProvider({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<{ id: number; content: ToastContent }[]>([]);
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
      <Toast.Provider swipeDirection="right">
        {children}
        {toasts.map(({ id, content: { title, body, tone, isBusy } }) => (
          <Toast.Root
            key={`${id}${isBusy ? '' : ' done'}`}
            className={`${styles.toast} ${tone ? styles[tone] : ''}`}
            duration={isBusy || tone === 'risk' ? Infinity : 7_000}
            onOpenChange={(open) => open || setToasts((toasts) => toasts.filter((toast) => toast.id !== id))}
          >
            <Toast.Title className={styles.title}>
              {isBusy && <span className={styles.spinner} aria-hidden="true" />}
              {title}
            </Toast.Title>
            {body && (
              <Toast.Description asChild>
                <div className={styles.body}>{body}</div>
              </Toast.Description>
            )}
            <Toast.Close className={styles.close} aria-label="Close">
              ✕
            </Toast.Close>
          </Toast.Root>
        ))}
        <Toast.Viewport className={styles.viewport} />
      </Toast.Provider>
    </Context>
  );
}

export function useToasts(): Toasts {
  const toasts = use(Context);
  if (!toasts) throw new Error('no ToastsProvider');
  return toasts;
}
