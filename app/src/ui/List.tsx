import type { ReactNode } from 'react';
import { TableFrame } from './Blocks';
import styles from './List.module.css';

/** A table whose rows are cards where the page is narrow: each cell then shows its `data-name`. */
export const List = ({ label, children }: { label: string; children: ReactNode }) => (
  <div className={styles.list}>
    <TableFrame label={label}>{children}</TableFrame>
  </div>
);
