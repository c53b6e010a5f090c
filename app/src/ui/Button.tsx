import type { ButtonHTMLAttributes } from 'react';
import styles from './Button.module.css';

type Props = ButtonHTMLAttributes<HTMLButtonElement> & {
  /** `primary` once a view at most; `plain` inside text and tables. */
  look?: 'primary' | 'secondary' | 'plain' | 'risk';
  small?: boolean;
};

export function Button({
  look = 'secondary',
  small = false,
  className = '',
  type = 'button',
  ...rest
}: Props) {
  return (
    <button
      type={type}
      className={`${styles.button} ${styles[look]} ${small ? styles.small : ''} ${className}`}
      {...rest}
    />
  );
}

/** A link that looks like a button. */
export const buttonClass = (look: NonNullable<Props['look']> = 'secondary', small = false) =>
  `${styles.button} ${styles[look]} ${small ? styles.small : ''}`;
