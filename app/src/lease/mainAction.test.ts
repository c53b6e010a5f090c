import { describe, expect, it } from 'vitest';
import { mainAction } from './mainAction';

const RENTER = ['topUp', 'coSign', 'extend', 'resize', 'closeTogether', 'terminate', 'dispute'] as const;
const PROVIDER = ['attest', 'publishAccess', 'closeTogether', 'terminate'] as const;

describe('the first thing to do', () => {
  it('is a top-up for a renter whose money ends first, and more time for one whose does not', () => {
    expect([mainAction('running', RENTER, false), mainAction('running', RENTER, true)]).toEqual([
      'topUp',
      'extend',
    ]);
    expect(mainAction('exhausted', RENTER, false)).toBe('topUp');
  });
  it('is to end it for a renter whose provider is silent', () => {
    expect(mainAction('running', [...RENTER, 'expire'], false)).toBe('expire');
  });
  it('is to start and to report for a provider', () => {
    expect(mainAction('pending', ['start', 'topUp'], false)).toBe('start');
    for (const phase of ['running', 'exhausted', 'ending'] as const)
      expect(mainAction(phase, PROVIDER, true)).toBe('attest');
  });
  it('is to decide for an arbiter, and to close for anyone once that can be', () => {
    expect(mainAction('disputed', ['closeTogether', 'resolve'], false)).toBe('resolve');
    expect(mainAction('closable', ['settle', 'close'], false)).toBe('close');
  });
  it('is nothing where there is nothing, and never a notice', () => {
    expect([mainAction('running', [], false), mainAction('running', ['terminate', 'dispute'], true)]).toEqual(
      [undefined, undefined],
    );
  });
});
