import { Toast } from 'radix-ui';
import type { ReactNode } from 'react';
import styles from './Toasts.module.css';
import type { Tone } from './Values';

export type ToastContent = { title: string; body?: ReactNode; tone?: Tone; isBusy?: boolean };

/** A toast that is shown. */
export type Shown = { id: number; content: ToastContent };

/** The toasts that are shown now. */
export default function ToastList({ toasts, onGone }: { toasts: Shown[]; onGone: (id: number) => void }) {
  return (
    <Toast.Provider swipeDirection="right">
      {toasts.map(({ id, content: { title, body, tone, isBusy } }) => (
        <Toast.Root
          key={`${id}${isBusy ? '' : ' done'}`}
          className={`${styles.toast} ${tone ? styles[tone] : ''}`}
          duration={isBusy || tone === 'risk' ? Infinity : 7_000}
          onOpenChange={(open) => open || onGone(id)}
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
  );
}
