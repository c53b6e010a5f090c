// Writes beside every text file of the built page the same compressed, which servers send to browsers that take it.

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const dist = new URL('../dist/', import.meta.url);

/** Fonts and pictures are compressed already; `cluster.json` is for others to replace. */
const KINDS = ['.html', '.js', '.css', '.svg', '.wasm'];

const brotli = (content) =>
  promisify(brotliCompress)(content, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
    },
  });
const gzipped = (content) => promisify(gzip)(content, { level: 9 });

const names = (await readdir(dist, { recursive: true })).filter((name) => KINDS.includes(extname(name)));
await Promise.all(
  names.map(async (name) => {
    const content = await readFile(new URL(name, dist));
    await Promise.all([
      writeFile(new URL(`${name}.br`, dist), await brotli(content)),
      writeFile(new URL(`${name}.gz`, dist), await gzipped(content)),
    ]);
  }),
);
