import { expect, it } from 'vitest';
import { gapWords } from '../chain/gaps';

it('counts what cannot be shown by why', () => {
  expect(gapWords(['missing', 'version', 'unanswered'])).toBe(
    '3 transactions are not shown: 1 that the node does not have, 1 of a version that this page cannot read, 1 for which the node did not answer.',
  );
  expect(gapWords(['wrong'])).toBe(
    '1 transaction is not shown: 1 for which the node answered something else.',
  );
});
