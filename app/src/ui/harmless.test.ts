import { expect, it } from 'vitest';
import { harmless, harmlessLines } from './harmless';

it('leaves alone what people write', () => {
  for (const text of ['H100 SXM 80 GiB', 'été, Zürich, 東京', 'مركز بيانات', 'a – b … “c” €', '8 × H200 🚀'])
    expect(harmless(text)).toBe(text);
});

it.each([
  ['a control of the terminal', '\u001b[2K', '\\u{1b}[2K'],
  ['a control of eight bits', '\u009b8m', '\\u{9b}8m'],
  ['a break of the line', 'a\nb\r\u0085\u2028\u2029', 'a\\u{a}b\\u{d}\\u{85}\\u{2028}\\u{2029}'],
  ['a tab', 'a\tb', 'a\\u{9}b'],
  ['a turn of the direction', 'a\u202eb\u2066\u061c\u200f', 'a\\u{202e}b\\u{2066}\\u{61c}\\u{200f}'],
  ['what has no width', 'H\u200b1\u200d0\u20600\ufeff', 'H\\u{200b}1\\u{200d}0\\u{2060}0\\u{feff}'],
  ['what is blank and no space', '\u3164\u2800\u00ad\u034f', '\\u{3164}\\u{2800}\\u{ad}\\u{34f}'],
  ['tags, which hide whole texts', '\u{e0041}\u{e007f}', '\\u{e0041}\\u{e007f}'],
  ['half a character', '\ud800', '\\u{d800}'],
])('writes %s as numbers', (_, text, shown) => {
  expect(harmless(text)).toBe(shown);
});

it('keeps the lines of a text that has several', () => {
  expect(harmlessLines('ssh a@b\r\npassword\u202e\n')).toBe('ssh a@b\npassword\\u{202e}\n');
});
