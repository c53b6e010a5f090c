import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { topicOf } from './topics';

const VIEWS = [
  '/',
  '/rent/x',
  '/leases',
  '/leases/x',
  '/sign',
  '/provider',
  '/governance',
  '/governance/3',
  '/figures',
];

it('has a topic of its own for each view, and a document that is there', () => {
  expect(new Set(VIEWS.map((view) => topicOf(view).title)).size).toBe(VIEWS.length - 1);
  expect([...VIEWS, '/nowhere'].filter((view) => !existsSync(`../docs/${topicOf(view).document}`))).toEqual(
    [],
  );
});
