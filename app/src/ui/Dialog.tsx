import { useEffect, useId, useRef, type ReactNode } from 'react';
import { Button } from './Button';
import styles from './Dialog.module.css';

type Props = {
  title: string;
  /** Called when the reader closes it, by button, Escape or a click beside it. */
  onClose: () => void;
  /** Buttons at its end. */
  actions?: ReactNode;
  children: ReactNode;
};

/** A modal dialog: the browser's own, which keeps the focus inside and the rest of the page inert. */
export function Dialog({ title, onClose, actions, children }: Props) {
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const dialog = ref.current;
    if (dialog && !dialog.open) dialog.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={ref}
      className={styles.dialog}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onMouseDown={(event) => event.target === ref.current && onClose()}
    >
      <div className={styles.sheet}>
        <div className={styles.head}>
          <h2 id={titleId}>{title}</h2>
          <Button look="plain" small aria-label="Close" onClick={onClose}>
            ✕
          </Button>
        </div>
        <div className={styles.body}>{children}</div>
        {actions && <div className={styles.foot}>{actions}</div>}
      </div>
    </dialog>
  );
}
