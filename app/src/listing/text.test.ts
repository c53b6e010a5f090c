import { describe, expect, it } from 'vitest';
import { textOf } from 'gpu-lease';
import { readText } from './text';

describe('a text on chain', () => {
  const bytes = new Uint8Array(32);
  bytes.set(new TextEncoder().encode('H100\u202e 08 BiG\n'));

  it('is shown with what could mislead written as numbers', () => {
    expect(readText(bytes)).toBe('H100\\u{202e} 08 BiG\\u{a}');
  });

  it('comes back as it was to who wrote it', () => {
    expect(textOf(bytes)).toBe('H100\u202e 08 BiG\n');
  });
});
