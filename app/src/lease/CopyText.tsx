import { CopyButton } from '../ui/Values';
import styles from './CopyText.module.css';

/** A text to read and to copy, as a terminal would show it. */
export const CopyText = ({ text, what }: { text: string; what: string }) => (
  <div className={styles.text}>
    <pre dir="ltr">{text}</pre>
    <CopyButton text={text} what={what} />
  </div>
);
