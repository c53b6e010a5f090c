// How a single value is shown: short to read, exact on hover.

import { useState } from 'react';
import {
  dateOf,
  formatAmount,
  formatDuration,
  formatGpuHours,
  formatTime,
  formatUtc,
  shortAddress,
  type Currency,
} from './format';
import { buttonClass } from './Button';
import tones from './tones.module.css';
import styles from './Values.module.css';

/** What an amount means to the reader. */
export type Tone = 'in' | 'out' | 'risk';

type AmountProps = {
  value: bigint;
  token: Currency;
  tone?: Tone | undefined;
  /** Shows the sign of a change. */
  signed?: boolean;
  /** Decimals to show; all there are when left out. */
  places?: number;
};

export function Amount({ value, token, tone, signed = false, places = 2 }: AmountProps) {
  const exact = `${formatAmount(value, token.decimals, { signed })} ${token.symbol}`;
  return (
    <span
      className={`${styles.amount} ${tone ? tones[tone] : ''}`}
      title={exact}
      data-exact={value.toString()}
    >
      {formatAmount(value, token.decimals, { signed, places: Math.min(places, token.decimals) })}
      <span className={styles.symbol}> {token.symbol}</span>
    </span>
  );
}

/** SOL, of lamports. */
export function Sol({ value, ...rest }: Omit<AmountProps, 'token' | 'places'>) {
  return <Amount value={value} token={{ decimals: 9, symbol: 'SOL' }} places={6} {...rest} />;
}

export function GpuHours({ units }: { units: bigint }) {
  return <span title={`${units} GPU-seconds`}>{formatGpuHours(units)} GPU-h</span>;
}

/** A moment, local; UTC on hover. */
export function Time({ at }: { at: bigint }) {
  return (
    <time dateTime={dateOf(at)?.toISOString()} title={formatUtc(at)}>
      {formatTime(at)}
    </time>
  );
}

export function Duration({ seconds }: { seconds: bigint | number }) {
  return <span title={`${seconds} s`}>{formatDuration(seconds)}</span>;
}

/** Copies a text, and says so; with a `label` in words next to the sign. */
export function CopyButton({ text, what, label }: { text: string; what: string; label?: string }) {
  const [copied, setCopied] = useState(false);
  return (
    <button
      type="button"
      className={label ? buttonClass() : styles.copy}
      aria-label={copied ? `${what} copied` : `Copy ${what}`}
      onClick={async () => {
        await navigator.clipboard.writeText(text);
        setCopied(true);
        setTimeout(() => setCopied(false), 1_500);
      }}
    >
      <svg className={styles.icon} viewBox="0 0 16 16" aria-hidden="true">
        {copied ? <path d="m3 8.5 3.5 3.5L13 4.5" /> : <path d="M5.5 5.5h7v7h-7zM10.5 5.5v-2h-7v7h2" />}
      </svg>
      {label && (copied ? 'Copied' : label)}
    </button>
  );
}

type LongTextProps = {
  text: string;
  name?: string | undefined;
  what: string;
  copy?: boolean;
  link?: string | undefined;
};

/** A text that is too long to be read, as an address is: its ends or a name, the whole of it on hover, a copy of it by the button, and a link to an explorer. */
export function LongText({ text, name, what, copy = true, link }: LongTextProps) {
  const called = name ? `${what} of ${name}` : what;
  return (
    <span className={styles.address}>
      <span title={text}>{name ?? <code>{shortAddress(text)}</code>}</span>
      {copy && <CopyButton text={text} what={called} />}
      {link && (
        <a
          className={styles.copy}
          href={link}
          target="_blank"
          rel="noreferrer"
          aria-label={`Show ${called} in the explorer`}
        >
          <svg className={styles.icon} viewBox="0 0 16 16" aria-hidden="true">
            <path d="M9 3.5h3.5V7M12.5 3.5l-6 6M7 4.5H4v7.5h7.5V9" />
          </svg>
        </a>
      )}
    </span>
  );
}
