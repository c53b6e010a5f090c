import { expect, it } from 'vitest';
import { feeHistory } from './feeHistory';

const entry = (time: bigint, ...events: unknown[]) => ({ time, events }) as never;

it('goes from the first rate through every change to now', () => {
  const history = [
    entry(10n, { event: 'ProtocolInitialized', feeBps: 100n }),
    entry(20n, { event: 'FeeChanged', fromBps: 100n, toBps: 125n }),
  ];
  expect(feeHistory(history, 125, 30n)).toEqual([
    { time: 10n, bps: 100 },
    { time: 20n, bps: 125 },
    { time: 30n, bps: 125 },
  ]);
});

it('shows what was before, where the node has forgotten the beginning', () => {
  expect(feeHistory([entry(20n, { event: 'FeeChanged', fromBps: 100n, toBps: 90n })], 90, 20n)).toEqual([
    { time: 19n, bps: 100 },
    { time: 20n, bps: 90 },
  ]);
});
