import { describe, expect, it } from 'vitest';
import { walletRefusal } from './refusal';

const why = (thrown: unknown) => walletRefusal(thrown, 'Wallet');

describe('what a wallet says instead of an answer', () => {
  it('is that the reader declined, in any shape', () => {
    const shapes = [
      { code: 4001 },
      { code: '4001' },
      { code: 4001, message: 'x' },
      { error: { code: 4001 } },
      { data: { cause: { code: 4001 } } },
      { reason: 'User denied' },
      new Error('User rejected the request.'),
      Object.assign(new Error(''), { code: 4001 }),
      'Transaction cancelled',
      { message: 'Declined by user' },
      new Error('failed', { cause: { code: 4001 } }),
    ];
    for (const thrown of shapes) expect([thrown, why(thrown)]).toEqual([thrown, 'you declined it in Wallet']);
  });

  it('is its own words, where it has some', () => {
    expect([
      why(new Error('Ledger is locked')),
      why('Ledger is locked'),
      why({ error: { message: 'Ledger is locked' } }),
    ]).toEqual(Array(3).fill('Ledger is locked'));
    expect(why('a'.repeat(1_000)).length).toBeLessThan(310);
    expect(why('evil\u202etext')).not.toContain('\u202e');
  });

  it('is never an object in brackets', () => {
    const loop: Record<string, unknown> = {};
    loop.error = loop;
    for (const thrown of [
      undefined,
      null,
      {},
      [],
      0,
      true,
      '',
      ' ',
      { message: 7 },
      { code: null },
      loop,
      new Error(''),
      Symbol('x'),
    ])
      expect(why(thrown)).toBe('Wallet gave no reason');
    expect(why({ code: -32603 })).toBe('Wallet gave no reason but the number -32603');
  });
});
