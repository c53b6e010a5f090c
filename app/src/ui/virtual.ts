// Lists of which only what is in sight is in the page: thousands scroll as a few do.

import { useLayoutEffect, useState, type RefObject } from 'react';

/** Up to so many items are all in the page, where the browser's own search finds them. */
export const MANY = 100;

/** What comes into sight is rendered after a scroll and not within it, which twice as much work at once would be. */
export const IN_ITS_OWN_TIME = false;

/** How far from the top of the document an element begins, pixels. */
export function useMargin(element: RefObject<HTMLElement | null>): number {
  const [margin, setMargin] = useState(0);
  useLayoutEffect(() => {
    const measure = () =>
      setMargin(Math.round(element.current!.getBoundingClientRect().top + window.scrollY));
    measure();
    // When anything above it grows, so does the page.
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, [element]);
  return margin;
}
