// The blocks that views are built of.

import type { ReactNode } from 'react';
import styles from './Blocks.module.css';
import { Form } from './Form';
import { useTitle } from './title';
import tones from './tones.module.css';
import type { Tone } from './Values';

/** A part of a view, on a sheet of its own; with `onSubmit` a form. */
export function Section({
  title,
  aside,
  onSubmit,
  children,
}: {
  title?: string;
  aside?: ReactNode;
  onSubmit?: () => void;
  children: ReactNode;
}) {
  return (
    <section className={styles.section}>
      {title && (
        <header className={styles.head}>
          <h2>{title}</h2>
          {aside}
        </header>
      )}
      {onSubmit ? <Form onSubmit={onSubmit}>{children}</Form> : children}
    </section>
  );
}

type PageTitleProps = { children?: ReactNode; aside?: ReactNode } & (
  { title: string; name?: string } | { title: ReactNode; name: string }
);

/** The head of a view. `name` is what the view is called in the browser's tab, if not as its heading says. */
export function PageTitle({ title, name, children, aside }: PageTitleProps) {
  useTitle(name ?? String(title));
  return (
    <header className={styles.title}>
      <div>
        <h1>{title}</h1>
        {children && <p>{children}</p>}
      </div>
      {aside}
    </header>
  );
}

export const Stats = ({ children }: { children: ReactNode }) => <dl className={styles.stats}>{children}</dl>;

/** A figure with its name, and a line about it. */
export function Stat({
  label,
  tone,
  note,
  children,
}: {
  label: string;
  tone?: Tone;
  note?: ReactNode;
  children: ReactNode;
}) {
  return (
    <div className={styles.stat}>
      <dt>{label}</dt>
      <dd className={tone && tones[tone]}>{children}</dd>
      {note && <dd className={styles.note}>{note}</dd>}
    </div>
  );
}

/** Names and values in two columns. */
export const Facts = ({ children }: { children: ReactNode }) => <dl className={styles.facts}>{children}</dl>;

export function Fact({ label, children }: { label: ReactNode; children: ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Something to know, or, in the tone `risk`, to act upon. */
export function Callout({
  tone,
  children,
  action,
}: {
  tone?: Tone;
  children: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div
      className={`${styles.callout} ${tone ? styles[`callout-${tone}`] : ''}`}
      role={tone === 'risk' ? 'alert' : 'note'}
    >
      <div>{children}</div>
      {action}
    </div>
  );
}

/** Nothing to show, and what to do about it. Where it is all that a view shows, its heading is of level 1. */
export function Empty({
  title,
  level = 3,
  children,
  action,
}: {
  title: string;
  level?: 1 | 3;
  children: ReactNode;
  action?: ReactNode;
}) {
  const Heading = `h${level}` as const;
  useTitle(level === 1 ? title : undefined);
  return (
    <div className={styles.empty}>
      <Heading>{title}</Heading>
      <p>{children}</p>
      {action}
    </div>
  );
}

/** The place of something that is being read, of the height it will have. */
export function Skeleton({ lines = 3, height }: { lines?: number; height?: string }) {
  return (
    <div className={styles.skeleton} aria-busy="true" aria-label="Loading" role="status">
      {height ? <span style={{ height }} /> : Array.from({ length: lines }, (_, i) => <span key={i} />)}
    </div>
  );
}

/** A state in a word. */
export function Badge({ tone, children }: { tone?: Tone | undefined; children: ReactNode }) {
  return <span className={`${styles.badge} ${tone ? styles[`badge-${tone}`] : ''}`}>{children}</span>;
}

/** A share of a whole as a bar, with its words for those who do not see it. */
export function Bar({ share, tone = 'in', label }: { share: number; tone?: Tone; label: string }) {
  const percent = Math.max(0, Math.min(1, share)) * 100;
  return (
    <div className={styles.bar} role="img" aria-label={label}>
      <span className={styles[`fill-${tone}`]} style={{ inlineSize: `${percent}%` }} />
    </div>
  );
}

/** A table that scrolls sideways in itself when the page is narrow; `rows` says how many it has where not all are in the page. */
export function TableFrame({ label, rows, children }: { label: string; rows?: number; children: ReactNode }) {
  return (
    <div className={styles.table} role="region" aria-label={label} tabIndex={0}>
      <table aria-rowcount={rows}>{children}</table>
    </div>
  );
}

export const Actions = ({ children }: { children: ReactNode }) => (
  <div className={styles.actions}>{children}</div>
);

/** Fields side by side where there is room. */
export const Fields = ({ children }: { children: ReactNode }) => (
  <div className={styles.fields}>{children}</div>
);
