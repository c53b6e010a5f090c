import type { ReactNode } from 'react';
import { TableFrame } from './Blocks';
import styles from './List.module.css';

type Props = {
  label: string;
  /** The heads of the columns; one without a name is of buttons. */
  columns: string[];
  /** The rows. */
  children: ReactNode;
};

/** A table whose rows are cards where the page is narrow: each cell then shows its `data-name`. */
export const List = ({ label, columns, children }: Props) => (
  <div className={styles.list}>
    <TableFrame label={label}>
      <thead>
        <tr>
          {columns.map((name) => (
            <th key={name} scope="col">
              {name || <span className="visually-hidden">Actions</span>}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </TableFrame>
  </div>
);
