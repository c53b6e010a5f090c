import { describe, expect, it } from 'vitest';
import { mainAction } from './mainAction';

const RENTER = ['lease top-up', 'cosign', 'lease extend', 'lease resize', 'lease close --together', 'lease terminate', 'dispute open'] as const;
const PROVIDER = ['report', 'publish access', 'lease close --together', 'lease terminate'] as const;

describe('the first thing to do', () => {
  it('is a top-up for a renter whose money ends first, and more time for one whose does not', () => {
    expect([mainAction('running', RENTER, false), mainAction('running', RENTER, true)]).toEqual(['lease top-up', 'lease extend']);
    expect(mainAction('exhausted', RENTER, false)).toBe('lease top-up');
  });
  it('is to end it for a renter whose provider is silent', () => {
    expect(mainAction('running', [...RENTER, 'lease expire'], false)).toBe('lease expire');
  });
  it('is to start and to report for a provider', () => {
    expect(mainAction('pending', ['lease start', 'lease top-up'], false)).toBe('lease start');
    for (const phase of ['running', 'exhausted', 'ending'] as const) expect(mainAction(phase, PROVIDER, true)).toBe('report');
  });
  it('is to decide for an arbiter, and to close for anyone once that can be', () => {
    expect(mainAction('disputed', ['lease close --together', 'arbiter resolve'], false)).toBe('arbiter resolve');
    expect(mainAction('closable', ['settle', 'lease close'], false)).toBe('lease close');
  });
  it('is nothing where there is nothing, and never a notice', () => {
    expect([mainAction('running', [], false), mainAction('running', ['lease terminate', 'dispute open'], true)]).toEqual([undefined, undefined]);
  });
});
