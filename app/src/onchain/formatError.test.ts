import { expect, it } from 'vitest';
import { formatError } from './formatError';

it('shows what a node or a wallet says on one line, cut off where it goes on and on', () => {
  expect(formatError(new Error('busy\u001b[8m\nSigned and sent.'))).toBe(
    'busy\\u{1b}[8m\\u{a}Signed and sent.',
  );
  expect(formatError('x'.repeat(400))).toBe(`${'x'.repeat(300)}…`);
});
