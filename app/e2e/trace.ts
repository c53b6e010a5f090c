// What Chromium's own trace says of how busy a page keeps its main thread.

import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { browser } from './visitor';

type TraceEvent = {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  dur?: number;
  tdur?: number;
  args: { name?: string };
};

/** The longest task of the page's main thread in a trace, milliseconds of its own time: what else the machine does is left out. */
function longestOf(trace: Buffer): number {
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] };
  const mains = traceEvents.filter(
    ({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain',
  );
  const tasks = traceEvents.filter(
    ({ name, ph, pid, tid }) =>
      ph === 'X' && name.endsWith('RunTask') && mains.some((main) => main.pid === pid && main.tid === tid),
  );
  expect(tasks.length, 'tasks in the trace').toBeGreaterThan(100);
  return Math.max(...tasks.map(({ tdur, dur = 0 }) => tdur ?? dur)) / 1_000;
}

/** The longest task while `act` is done on the page, milliseconds. */
export async function longestTask(page: Page, act: () => Promise<void>): Promise<number> {
  const chromium = await browser();
  await chromium.startTracing(page, {
    categories: ['toplevel', 'disabled-by-default-devtools.timeline', '__metadata'],
  });
  await act();
  const longest = longestOf(await chromium.stopTracing());
  console.log(`longest task: ${longest.toFixed(1)} ms`);
  return longest;
}
