import { describe, expect, it } from 'vitest';
import { parseDuration, writeDuration } from './duration';

describe('a length of time', () => {
  it('is read in any unit, and in several', () => {
    expect(['0', '45 s', '30 min', '30m', '12h', '1 d 12 h', '1h30m'].map(parseDuration)).toEqual([
      0, 45, 1_800, 1_800, 43_200, 129_600, 5_400,
    ]);
  });

  it('is refused with an example', () => {
    for (const text of ['', '12', 'soon', '1.5 h', '-1 h', '2 weeks'])
      expect(parseDuration(text)).toContain('for instance');
  });

  it('is written so that it reads back', () => {
    expect([0, 61, 3_600, 90_061].map(writeDuration)).toEqual(['0', '1 min 1 s', '1 h', '1 d 1 h 1 min 1 s']);
    for (const seconds of [0, 1, 59, 3_599, 86_400, 31_622_400])
      expect(parseDuration(writeDuration(seconds))).toBe(seconds);
  });
});
