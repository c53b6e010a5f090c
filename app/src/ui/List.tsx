import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { Children, useLayoutEffect, useRef, type ReactNode } from 'react';
import { TableFrame } from './Blocks';
import styles from './List.module.css';
import { IN_ITS_OWN_TIME, MANY, useMargin } from './virtual';

type Props = {
  label: string;
  /** The heads of the columns; one without a name is of buttons. */
  columns: string[];
  children: ReactNode;
};

/** Makes the rows of a table cards where the page is narrow: each cell then shows its `data-name`. */
export const Stacked = ({ children }: { children: ReactNode }) => (
  <div className={styles.list}>{children}</div>
);

/** A table whose rows are cards where the page is narrow: each cell then shows its `data-name`. */
export function List({ label, columns, children }: Props) {
  const rows = Array.isArray(children) ? (children as ReactNode[]) : Children.toArray(children);
  return (
    <Stacked>
      <TableFrame label={label} {...(rows.length > MANY ? { rows: rows.length + 1 } : {})}>
        <thead>
          <tr>
            {columns.map((name) => (
              <th key={name} scope="col">
                {name || <span className="visually-hidden">Actions</span>}
              </th>
            ))}
          </tr>
        </thead>
        {rows.length > MANY ? <InSight rows={rows} columns={columns.length} /> : <tbody>{rows}</tbody>}
      </TableFrame>
    </Stacked>
  );
}

const ROW_HEIGHT = 64;

/** Of many rows only those in sight are in the page, between two that are as high as all others. */
function InSight({ rows, columns }: { rows: ReactNode[]; columns: number }) {
  const body = useRef<HTMLTableSectionElement>(null);
  const margin = useMargin(body);
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => ROW_HEIGHT,
    overscan: 8,
    scrollMargin: margin,
    useFlushSync: IN_ITS_OWN_TIME,
  });
  const seen = virtual.getVirtualItems();
  const [first, last] = [seen[0], seen.at(-1)];
  useLayoutEffect(() => {
    // The first and the last row are the space of those out of sight.
    [...(body.current?.rows ?? [])]
      .slice(1, -1)
      .forEach((row, i) => virtual.resizeItem((first?.index ?? 0) + i, row.offsetHeight));
  });
  const space = (height: number) => (
    <tr className={styles.space} aria-hidden="true">
      <td colSpan={columns} style={{ height }} aria-label="Rows out of sight" />
    </tr>
  );
  return (
    <tbody ref={body}>
      {space((first?.start ?? margin) - margin)}
      {seen.map(({ index }) => rows[index])}
      {space(virtual.getTotalSize() - ((last?.end ?? margin) - margin))}
    </tbody>
  );
}
