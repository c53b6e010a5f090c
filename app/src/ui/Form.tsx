import type { ReactNode } from 'react';
import styles from './Field.module.css';

type Props = { onSubmit: () => void; className?: string | undefined; children: ReactNode };

/** Fields that Enter submits, as long as their submitting button is enabled. The browser itself sends and checks nothing. */
export const Form = ({ onSubmit, className = styles.form, children }: Props) => (
  <form
    className={className}
    noValidate
    onSubmit={(event) => {
      event.preventDefault();
      event.stopPropagation();
      onSubmit();
    }}
  >
    {children}
  </form>
);
