import { useId, useLayoutEffect, useRef, type ReactNode } from 'react';
import { Button } from './Button';
import styles from './Dialog.module.css';
import { focusAlong, focusOn, trailOf } from './focus';
import { Form } from './Form';

type Props = {
  title: string;
  /** Called when the reader closes it, by button, Escape or a click outside. */
  onClose: () => void;
  /** What Enter does in a field; the button that does the same is of type `submit`. */
  onSubmit?: () => void;
  actions?: ReactNode;
  children: ReactNode;
};

const FIELDS = ':is(input, select, textarea):enabled:not([readonly])';

/**
 * A modal dialog: the browser's own, which keeps the focus inside and the rest of the page inert. It opens on its first field, or on its
 * heading; when it closes, the focus is where it was before.
 */
export function Dialog({ title, onClose, onSubmit, actions, children }: Props) {
  const ref = useRef<HTMLDialogElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const titleId = useId();
  // Before the dialog leaves the document, while the browser still knows where the focus was.
  useLayoutEffect(() => {
    const dialog = ref.current!;
    const trail = trailOf(document.activeElement);
    if (!dialog.open) dialog.showModal();
    focusOn(dialog.querySelector<HTMLElement>(FIELDS) ?? heading.current!);
    return () => {
      dialog.close();
      focusAlong(trail);
    };
  }, []);
  const sheet = (
    <>
      <div className={styles.head}>
        <h2 id={titleId} ref={heading}>
          {title}
        </h2>
        <Button look="plain" small aria-label="Close" onClick={onClose}>
          ✕
        </Button>
      </div>
      <div className={styles.body}>{children}</div>
      {actions && <div className={styles.foot}>{actions}</div>}
    </>
  );
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
      {onSubmit ? (
        <Form className={styles.sheet} onSubmit={onSubmit}>
          {sheet}
        </Form>
      ) : (
        <div className={styles.sheet}>{sheet}</div>
      )}
    </dialog>
  );
}
