const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** A text of fixed length, as listings have them, without the zeros that fill it up: exactly as its author wrote it. */
export const textOf = (bytes: { readonly length: number } & Iterable<number>): string =>
  decoder.decode(Uint8Array.from(bytes)).replace(/\0.*$/s, '');
