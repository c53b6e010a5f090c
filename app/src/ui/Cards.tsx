import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useLayoutEffect, useRef, useState, type ReactNode } from 'react';
import styles from './Cards.module.css';
import { IN_ITS_OWN_TIME, MANY, useMargin } from './virtual';

/** Pixels: the least width of a card, as the style sheet has it, the space between two, and about how high one is. */
const [WIDTH, GAP, HEIGHT] = [352, 16, 200];

type Props<T> = { items: readonly T[]; keyOf: (item: T) => string; children: (item: T) => ReactNode };

/** Items as cards, in as many columns as there is room for. */
export const Cards = <T,>(props: Props<T>) =>
  props.items.length > MANY ? (
    <InSight {...props} />
  ) : (
    <ul className={styles.cards}>
      {props.items.map((item) => (
        <li key={props.keyOf(item)}>{props.children(item)}</li>
      ))}
    </ul>
  );

/** Of many cards only those in sight are in the page, row by row. */
function InSight<T>({ items, keyOf, children }: Props<T>) {
  const list = useRef<HTMLDivElement>(null);
  const lanes = useLanes(list);
  const margin = useMargin(list);
  const height = useRef(HEIGHT);
  // One function while the items are the same: with another all places are computed again.
  const keyOfRow = useCallback((row: number) => keyOf(items[row * lanes]!), [items, keyOf, lanes]);
  const virtual = useWindowVirtualizer({
    count: Math.ceil(items.length / lanes),
    gap: GAP,
    estimateSize: () => height.current,
    overscan: 1,
    useFlushSync: IN_ITS_OWN_TIME,
    scrollMargin: margin,
    getItemKey: keyOfRow,
  });
  // Most rows are as high as the first, and those need no other place once they are seen.
  useLayoutEffect(() => {
    const first = list.current!.firstElementChild;
    if (!first || first.clientHeight === height.current) return;
    height.current = first.clientHeight;
    virtual.measure();
  }, [virtual, lanes]);
  return (
    <div ref={list} role="list" className={styles.inSight} style={{ height: virtual.getTotalSize() }}>
      {virtual.getVirtualItems().map(({ index, key, start }) => (
        <div
          key={key}
          ref={virtual.measureElement}
          data-index={index}
          role="presentation"
          style={{
            gridTemplateColumns: `repeat(${lanes}, minmax(0, 1fr))`,
            transform: `translateY(${start - margin}px)`,
          }}
        >
          {items.slice(index * lanes, (index + 1) * lanes).map((item, lane) => (
            <div
              key={keyOf(item)}
              role="listitem"
              aria-setsize={items.length}
              aria-posinset={index * lanes + lane + 1}
            >
              {children(item)}
            </div>
          ))}
        </div>
      ))}
    </div>
  );
}

/** How many cards have room side by side. */
function useLanes(list: { current: HTMLElement | null }): number {
  const [lanes, setLanes] = useState(1);
  useLayoutEffect(() => {
    const element = list.current!;
    const count = () => setLanes(Math.max(1, Math.floor((element.clientWidth + GAP) / (WIDTH + GAP))));
    count();
    const observer = new ResizeObserver(count);
    observer.observe(element);
    return () => observer.disconnect();
  }, [list]);
  return lanes;
}
