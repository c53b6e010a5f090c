// The full description of what is offered: on chain are only a link to it and its fingerprint.

import { sha256 } from 'gpu-lease';

/** What a link comes to: a text in the link itself, an address on the web, or what a browser does not open. */
export type Description = { text: string } | { url: string } | { uri: string };

/** Reads a link, which may be anything that the provider wrote. Nothing but http and https ever becomes a link of the page. */
export function readDescription(uri: string): Description | undefined {
  if (uri === '') return undefined;
  if (/^https?:\/\//i.test(uri) && URL.canParse(uri)) return { url: new URL(uri).href };
  const [, encoded] = uri.match(/^data:(?:text\/plain)?(?:;charset=utf-8)?,(.*)$/is) ?? [];
  if (encoded === undefined) return { uri };
  try {
    return { text: decodeURIComponent(encoded) };
  } catch {
    return { uri };
  }
}

const hex = (bytes: Iterable<number>) =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** A listing's fingerprint as `sha256sum` prints it; `undefined` where the provider gave none. */
export function fingerprint(hash: Iterable<number>): string | undefined {
  const bytes = [...hash];
  return bytes.some((byte) => byte !== 0) ? hex(bytes) : undefined;
}

/** The fingerprint of a text. */
export const fingerprintOf = async (text: string): Promise<string> =>
  hex(await sha256(new TextEncoder().encode(text)));
