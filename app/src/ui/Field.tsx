import { useId, type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, type TextareaHTMLAttributes } from 'react';
import styles from './Field.module.css';

type Common = {
  label: string;
  /** What belongs in it, in a few words. */
  hint?: ReactNode;
  /** What is wrong with it, and what to do. */
  error?: string | undefined;
};

type Aria = { id: string; 'aria-describedby': string; 'aria-invalid': true | undefined };

function Frame({ label, hint, error, control }: Common & { control: (aria: Aria) => ReactNode }) {
  const id = useId();
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <span className={styles.box}>{control({ id, 'aria-describedby': `${id}-note`, 'aria-invalid': error ? true : undefined })}</span>
      <p id={`${id}-note`} className={error ? styles.error : styles.hint} role={error ? 'alert' : undefined}>
        {error ?? hint}
      </p>
    </div>
  );
}

/** An input of one line. `unit` stands behind what is typed. */
export function TextField({ label, hint, error, unit, ...input }: Common & { unit?: ReactNode } & InputHTMLAttributes<HTMLInputElement>) {
  const control = (aria: Aria) => (
    <>
      <input {...aria} autoComplete="off" spellCheck={false} {...input} />
      {unit && <span className={styles.unit}>{unit}</span>}
    </>
  );
  return <Frame label={label} hint={hint} error={error} control={control} />;
}

export function TextArea({ label, hint, error, ...area }: Common & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  return <Frame label={label} hint={hint} error={error} control={(aria) => <textarea {...aria} rows={4} spellCheck={false} {...area} />} />;
}

export function Select({ label, hint, error, ...select }: Common & SelectHTMLAttributes<HTMLSelectElement>) {
  return <Frame label={label} hint={hint} error={error} control={(aria) => <select {...aria} {...select} />} />;
}

export function Checkbox({ label, ...input }: { label: ReactNode } & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <label className={styles.check}>
      <input type="checkbox" {...input} />
      <span>{label}</span>
    </label>
  );
}
