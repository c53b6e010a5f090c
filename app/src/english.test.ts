import { readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';
import { expect, it } from 'vitest';

/** Phrases that readers stumbled on, or words that the page has another one for. */
const RETIRED = [
  /\b(is|are) no (valid )?(address|transaction|number)\b/i,
  /(^|[.:] )Else\b|^else /,
  /what it (can come|comes) to/i,
  /taken up in time/,
  /(^|[.,:;] )Whoever\b/,
  /\bno more(?! (than|money|here)\b)/,
  /\banew\b/,
  /\b(re)?state(d|s|ment)? (usage|what)\b|\bstated\b|\bStatement|each statement/i,
  /\bclaimable\b|\bclaim (everything|from)\b/i,
  /\bpayable\b/i,
  /\blies (here|there|beside)\b/,
  /missing beside/,
  /; claimed are|pays nothing by itself|say what it changes|lets the program count|by the rules that|It is this key already|Fewer tokens/i,
];

/** The same, of the page's own texts alone. */
const RETIRED_HERE = [
  /\bfee payers?\b/i,
  /\bsigned message\b/i,
  /\bdivision\b|\bclose and divide\b/i,
  /\bany more\b/,
  /\bbeside\b/,
  /\bmeanwhile\b/,
  /\b(it|how it) stands\b|\bthere stands\b/i,
  /\bin all\b/,
  /\blate turn\b|\bturns late\b/,
  /\bholds the say\b|\bcome into office\b|\bnothing pays\b(?! for)/,
];

/** A text that wallets sign as it is: keys follow from it, so it never changes. */
const SIGNED = /Signing this costs nothing and moves nothing\./;

/** What a reader can come to see of a source: texts in it that are more than a name. */
function textsOf(file: string): string[] {
  const texts: string[] = [];
  const visit = (node: ts.Node) => {
    if (ts.isImportDeclaration(node)) return;
    if (ts.isJsxText(node) || ts.isStringLiteralLike(node) || node.kind === ts.SyntaxKind.TemplateHead || ts.isTemplateMiddleOrTemplateTail(node))
      texts.push((node as ts.LiteralLikeNode).text.replace(/\s+/g, ' ').trim());
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest));
  return texts.filter((text) => /[A-Z ]/.test(text));
}

/** The same of Rust, whose texts the page shows too: why something was refused, and who can do what next. */
const textsOfRust = (file: string): string[] =>
  [...readFileSync(file, 'utf8').replace(/\/\/.*|'\\?"'/g, '').matchAll(/"((?:[^"\\]|\\[\s\S])*)"/g)]
    .map(([, text]) => text!.replace(/\\\s+/g, ''))
    .filter((text) => text.includes(' '));

const CLIENT = '../crates/client/src';
const RUST = readdirSync(CLIENT, { recursive: true, encoding: 'utf8' })
  .filter((file) => /^(explain|outlook|refusal)\b.*\.rs$/.test(file))
  .map((file) => `${CLIENT}/${file}`);

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file) && !/\.test\.ts$|^generated|^rules/.test(file))
  .map((file) => `src/${file}`);

// It parses every source of the page, which takes a busy machine a while.
it('says nothing in words that readers stumbled on', { timeout: 60_000 }, () => {
  const retired = (texts: string[], phrases: RegExp[]) => texts.filter((text) => !SIGNED.test(text) && phrases.some((phrase) => phrase.test(text)));
  const found = [
    ...sources.flatMap((file) => retired(textsOf(file), [...RETIRED, ...RETIRED_HERE]).map((text) => `${file}: ${text}`)),
    ...RUST.flatMap((file) => retired(textsOfRust(file), RETIRED).map((text) => `${file}: ${text}`)),
  ];
  expect(sources.length).toBeGreaterThan(100);
  expect(found).toEqual([]);
});

it('finds such words wherever readers would', () => {
  const texts = ['src/rent/RentForm.tsx', 'src/rent/rentDraft.ts'].flatMap(textsOf).join('\n');
  expect(RUST.flatMap(textsOfRust)).toContain('Choose a shortest duration of at least a minute and a longest one that is no shorter and at most 366 days.');
  for (const seen of ['Otherwise you get all of it back.', 'This is not a valid address.', 'Cost', 'Only']) expect(texts).toContain(seen);
});
