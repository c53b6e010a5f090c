// The texts of a listing, which providers write.

import { harmless } from '../ui/harmless';

const text = new TextDecoder('utf-8', { ignoreBOM: true });

type Text = { readonly length: number } & Iterable<number>;

/** A text of fixed length without the zeroes that fill it up, exactly as its author wrote it. */
export const rawText = (bytes: Text) => text.decode(Uint8Array.from(bytes)).replace(/\0.*$/s, '');

/** The same, to be shown. */
export const readText = (bytes: Text) => harmless(rawText(bytes));
