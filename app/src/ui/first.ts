// What the first view shows is read first; whatever can wait is read after it.

import { useEffect } from 'react';

let first: Promise<unknown> = Promise.resolve();
let tellDrawn = () => {};

/** A view that does not come to be, for whatever reason, holds back the rest no longer than this, in milliseconds. */
const LONGEST_DRAWING = 10_000;

/** Once the browser has nothing more urgent to do. Some browsers do not tell. */
const idle = () =>
  new Promise((resolve) =>
    'requestIdleCallback' in window
      ? requestIdleCallback(resolve, { timeout: 2_000 })
      : setTimeout(resolve, 200),
  );

/** Says what is read first. The view that shows it tells when it is drawn: a slow machine may pause before that. */
export function readFirst(reads: Promise<unknown>) {
  const drawn = new Promise<void>((resolve) => (tellDrawn = resolve));
  const late = () => new Promise((resolve) => setTimeout(resolve, LONGEST_DRAWING));
  first = reads
    .catch(() => undefined)
    .then(() => Promise.race([drawn, late()]))
    .then(idle);
}

/** A view's part: tells when what is read first is drawn, or will not be. */
export function useDrawn(isDrawn: boolean) {
  useEffect(() => {
    if (isDrawn) tellDrawn();
  }, [isDrawn]);
  useEffect(() => () => tellDrawn(), []);
}

/** Once what is read first is there and drawn, or has failed. */
export const afterFirst = (): Promise<unknown> => first;
