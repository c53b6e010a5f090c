import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useLayoutEffect, useRef, useState, type ReactNode } from 'react';
import styles from './Cards.module.css';
import { MANY, useMargin } from './virtual';

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

/** Of many cards only those in sight are in the page. */
function InSight<T>({ items, keyOf, children }: Props<T>) {
  const list = useRef<HTMLUListElement>(null);
  const lanes = useLanes(list);
  const margin = useMargin(list);
  const virtual = useWindowVirtualizer({
    count: items.length,
    lanes,
    gap: GAP,
    estimateSize: () => HEIGHT,
    overscan: lanes,
    scrollMargin: margin,
    getItemKey: (index) => keyOf(items[index]!),
  });
  return (
    <ul ref={list} className={styles.inSight} style={{ height: virtual.getTotalSize() }}>
      {virtual.getVirtualItems().map(({ index, key, lane, start }) => (
        <li
          key={key}
          ref={virtual.measureElement}
          data-index={index}
          aria-setsize={items.length}
          aria-posinset={index + 1}
          style={{
            width: `calc((100% - ${GAP * (lanes - 1)}px) / ${lanes})`,
            left: `calc((100% + ${GAP}px) / ${lanes} * ${lane})`,
            transform: `translateY(${start - margin}px)`,
          }}
        >
          {children(items[index]!)}
        </li>
      ))}
    </ul>
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
