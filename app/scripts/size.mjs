// Weighs the built page and writes docs/PAGE_SIZE.md. With --check it changes nothing, and fails if a figure has
// moved without being recorded. The limit of the first JavaScript holds either way.

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { gzipSync } from 'node:zlib';

/** Most bytes of JavaScript, gzipped, that are loaded before the market shows. */
const LIMIT = 150_000;

/** By how many bytes, gzipped, a figure may move without being recorded. */
const TOLERANCE = 1_000;

const dist = new URL('../dist/', import.meta.url);
const ledger = new URL('../../docs/PAGE_SIZE.md', import.meta.url);

/** The files that the page loads at once: what its entry imports statically, and the styles of all that. */
async function initialFiles() {
  const manifest = JSON.parse(await readFile(new URL('.vite/manifest.json', dist), 'utf8'));
  const chunks = new Set();
  const visit = (name) => {
    if (chunks.has(name)) return;
    chunks.add(name);
    manifest[name].imports?.forEach(visit);
  };
  Object.keys(manifest)
    .filter((name) => manifest[name].isEntry)
    .forEach(visit);
  return new Set([...chunks].flatMap((name) => [manifest[name].file, ...(manifest[name].css ?? [])]));
}

const KINDS = { '.js': 'JavaScript', '.css': 'styles', '.wasm': 'rules (WebAssembly)', '.woff2': 'fonts' };

/** A row for each kind of file, the ones loaded at once apart from those that a view brings. */
async function weigh() {
  const initial = await initialFiles();
  const rows = new Map();
  for (const name of (await readdir(new URL('assets/', dist))).sort()) {
    if (['.br', '.gz'].includes(extname(name))) continue;
    const kind = KINDS[extname(name)] ?? 'other';
    const moment = initial.has(`assets/${name}`) ? ', at once' : ', with a view';
    const part = ['.js', '.css'].includes(extname(name)) ? kind + moment : kind;
    const content = await readFile(new URL(`assets/${name}`, dist));
    const row = rows.get(part) ?? { files: 0, bytes: 0, gzipped: 0 };
    row.files += 1;
    row.bytes += content.length;
    row.gzipped += gzipSync(content, { level: 9 }).length;
    rows.set(part, row);
  }
  return new Map([...rows].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const FIRST = 'JavaScript, at once';
const grouped = (number) => number.toLocaleString('en-US');

const write = (rows, rest) => `# What the page weighs

Written by \`npm run size\` in \`app/\`. \`cargo xtask test\` fails when a figure has moved by more than ${grouped(TOLERANCE)} bytes and was
not recorded, and when the JavaScript that is loaded at once, before the market shows, exceeds ${grouped(LIMIT)} bytes.
Bytes are those of the built files; gzipped is what a static host sends.

| part | files | bytes | gzipped | limit |
|---|--:|--:|--:|--:|
${[...rows].map(([part, { files, bytes, gzipped }]) => `| ${part} | ${files} | ${grouped(bytes)} | ${grouped(gzipped)} | ${part === FIRST ? grouped(LIMIT) : ''} |\n`).join('')}${rest}`;

/** What is recorded: gzipped bytes by part. */
function read(text) {
  const rows = text.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
  return new Map(
    rows
      .filter((cells) => /^[\d,]+$/.test(cells[4] ?? ''))
      .map((cells) => [cells[1], Number(cells[4].replaceAll(',', ''))]),
  );
}

const fail = (sentence) => {
  console.error(sentence);
  process.exitCode = 1;
};

const rows = await weigh();
const first = rows.get(FIRST).gzipped;
console.log(`JavaScript that is loaded at once: ${grouped(first)} bytes gzipped, of ${grouped(LIMIT)}`);
if (first > LIMIT) fail(`That is too much: load with a view what the market does not need.`);
if (process.argv.includes('--check')) {
  const recorded = read(await readFile(ledger, 'utf8').catch(() => ''));
  for (const part of new Set([...rows.keys(), ...recorded.keys()])) {
    const [before, now] = [recorded.get(part) ?? 0, rows.get(part)?.gzipped ?? 0];
    if (Math.abs(now - before) > TOLERANCE)
      fail(
        `${part}: ${grouped(before)} bytes are recorded, ${grouped(now)} measured; run \`cargo xtask generate size\` and commit docs/PAGE_SIZE.md.`,
      );
  }
} else {
  // What `npm run paint` has measured stays.
  const before = await readFile(ledger, 'utf8').catch(() => '');
  const at = before.indexOf('\n## ');
  await writeFile(ledger, write(rows, at < 0 ? '' : before.slice(at)));
}
