import {
  useId,
  useState,
  type InputHTMLAttributes,
  type ReactNode,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
} from 'react';
import styles from './Field.module.css';
import { parseNumber } from './number';

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
      <span className={styles.box}>
        {control({ id, 'aria-describedby': `${id}-note`, 'aria-invalid': error ? true : undefined })}
      </span>
      <p id={`${id}-note`} className={error ? styles.error : styles.hint} role={error ? 'alert' : undefined}>
        {error ?? hint}
      </p>
    </div>
  );
}

/** An input of one line. `unit` is shown after what is typed. */
export function TextField({
  label,
  hint,
  error,
  unit,
  ...input
}: Common & { unit?: ReactNode } & InputHTMLAttributes<HTMLInputElement>) {
  const control = (aria: Aria) => (
    <>
      <input {...aria} autoComplete="off" spellCheck={false} {...input} />
      {unit && <span className={styles.unit}>{unit}</span>}
    </>
  );
  return <Frame label={label} hint={hint} error={error} control={control} />;
}

type NumberProps = Common & {
  unit?: ReactNode;
  placeholder?: string;
  value: number;
  /** What an empty field means. With a `placeholder` it is not written. */
  usual: number;
  isWhole?: boolean;
  least?: number;
  most?: number;
  onNumber: (value: number) => void;
};

/** A number that can be typed in any order: the field keeps what is typed, and `onNumber` hears of what can be read. */
export function NumberField({
  value,
  usual,
  isWhole = false,
  least = 0,
  most = Infinity,
  onNumber,
  placeholder,
  ...field
}: NumberProps) {
  const [typed, setTyped] = useState<{ text: string; value: number }>();
  const written = placeholder !== undefined && value === usual ? '' : String(value);
  // What was typed holds until the number changes by something else, a link or a button.
  const text = typed?.value === value ? typed.text : written;
  const read = text.trim() === '' ? usual : parseNumber(text, { isWhole, least, most });
  return (
    <TextField
      {...field}
      inputMode={isWhole ? 'numeric' : 'decimal'}
      placeholder={placeholder ?? String(usual)}
      value={text}
      error={typeof read === 'string' ? read : undefined}
      onChange={({ target: { value: text } }) => {
        const read = text.trim() === '' ? usual : parseNumber(text, { isWhole, least, most });
        const next = typeof read === 'number' ? read : value;
        setTyped({ text, value: next });
        onNumber(next);
      }}
      onBlur={() => typeof read === 'number' && setTyped(undefined)}
    />
  );
}

export function TextArea({
  label,
  hint,
  error,
  ...area
}: Common & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  return (
    <Frame
      label={label}
      hint={hint}
      error={error}
      control={(aria) => <textarea {...aria} rows={4} spellCheck={false} {...area} />}
    />
  );
}

type FileListener =
  { onText: (text: string) => void; onFile?: never } | { onFile: (file: File) => void; onText?: never };

/** A text file of the reader's; `onText` hears what is in it, and `onFile` reads it itself. */
export function FileField({ onText, onFile, ...field }: Common & FileListener) {
  const read = async (file: File | undefined) => file && (onFile ? onFile(file) : onText(await file.text()));
  return (
    <Frame
      {...field}
      control={(aria) => (
        <input {...aria} type="file" onChange={(event) => void read(event.target.files?.[0])} />
      )}
    />
  );
}

export function Select({ label, hint, error, ...select }: Common & SelectHTMLAttributes<HTMLSelectElement>) {
  return (
    <Frame label={label} hint={hint} error={error} control={(aria) => <select {...aria} {...select} />} />
  );
}

export function Checkbox({ label, ...input }: { label: ReactNode } & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <label className={styles.check}>
      <input type="checkbox" {...input} />
      <span>{label}</span>
    </label>
  );
}
