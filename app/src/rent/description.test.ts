import { expect, it } from 'vitest';
import { fingerprint, fingerprintOf, readDescription } from './description';

it('reads a text that lies in the link', () => {
  expect(readDescription('data:,8%20x%20H200,%20NVLink')).toEqual({ text: '8 x H200, NVLink' });
  expect(readDescription('data:text/plain;charset=utf-8,%C3%A9t%C3%A9')).toEqual({ text: 'été' });
});

it('links to the web, and to nothing else that a provider may write', () => {
  expect(readDescription('https://example.com/gpus.md')).toEqual({ url: 'https://example.com/gpus.md' });
  expect(readDescription('')).toBeUndefined();
  for (const uri of [
    'javascript:alert(1)',
    'JavaScript:alert(1)//https://x',
    'data:text/html,<script>1</script>',
    'ipfs://bafy',
    'https://',
    'data:,%E0%A4%A',
  ])
    expect(readDescription(uri)).toEqual({ uri });
});

it('knows a text by its fingerprint', async () => {
  // The first test vector of FIPS 180-4.
  const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  expect(await fingerprintOf('abc')).toBe(abc);
  expect(fingerprint(Uint8Array.from(abc.match(/../g)!, (byte) => parseInt(byte, 16)))).toBe(abc);
  expect(fingerprint(new Uint8Array(32))).toBeUndefined();
});
