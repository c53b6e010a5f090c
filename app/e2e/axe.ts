// Whether a view keeps anybody out: what axe-core finds, and what stands out sideways.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import { SCREENSHOTS } from './screenshots';
import type { Visitor } from './visitor';

/** The script, to be in the page before it is opened. */
export const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const WIDTHS = [360, 768, 1440];
export const THEMES = ['light', 'dark'] as const;

/** What axe-core finds wrong in the page or a part of it, each with the elements that it is about. */
export async function violations({ page }: Visitor, within = 'html'): Promise<string[]> {
  const { violations } = await page.evaluate(
    (within) => (window as unknown as { axe: { run(within: string): Promise<AxeResults> } }).axe.run(within),
    within,
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`),
  );
}

/** How a view keeps anybody out in any theme and width, with pictures of it under a name. */
export async function barriers(visitor: Visitor, name: string): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of THEMES)
    for (const width of WIDTHS) {
      await visitor.page.emulateMedia({ colorScheme });
      await visitor.page.setViewportSize({ width, height: 900 });
      await visitor.settle();
      await visitor.page.screenshot({
        path: `${SCREENSHOTS}/${name} ${colorScheme} ${width}.png`,
        fullPage: true,
      });
      const all = width === 768 ? [] : await violations(visitor);
      const overflow = await visitor.page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      if (overflow > 0) all.push(`${overflow} pixels stand out sideways`);
      found.push(...all.map((what) => `${colorScheme}, ${width} px: ${what}`));
    }
  return found;
}
