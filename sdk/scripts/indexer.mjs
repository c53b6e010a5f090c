// Writes src/indexer/generated, types and shapes of what an indexer answers, from openapi/gpu-lease-indexer.json. With --check
// it changes nothing, and fails if what is committed does not follow from that.

import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';
import ts from 'typescript';

const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const HEAD = '// Written by scripts/indexer.mjs from openapi/gpu-lease-indexer.json; do not edit.\n\n';

/** Whether a schema is of an integer that does not fit a number, and is text in JSON. */
const isWide = ({ type, format }) => type === 'string' && (format === 'int64' || format === 'uint64');

/** Types of paths, parameters and answers: wide integers are `bigint`. */
async function types(document) {
  const bigint = ts.factory.createKeywordTypeNode(ts.SyntaxKind.BigIntKeyword);
  const ast = await openapiTS(document, {
    alphabetize: true,
    transform: (schema) => (isWide(schema) ? bigint : undefined),
  });
  return HEAD + astToString(ast);
}

const nameOf = (reference) => reference.split('/').at(-1);

/** How a value is read: `'bigint'`, the name of a shape, or `undefined` if it is what JSON has already. */
function reading(schema, schemas) {
  if (schema.$ref) {
    const name = nameOf(schema.$ref);
    if (isWide(schemas[name])) return 'bigint';
    return shapeOf(schemas[name], schemas) && name;
  }
  if (schema.items) return reading(schema.items, schemas);
  return (schema.oneOf ?? []).map((one) => reading(one, schemas)).find((one) => one);
}

/** The fields of an object that are read, and how; `undefined` if none is. */
function shapeOf(schema, schemas) {
  const parts = schema.allOf?.map((part) => (part.$ref ? schemas[nameOf(part.$ref)] : part)) ?? [schema];
  const fields = parts
    .flatMap(({ properties }) => Object.entries(properties ?? {}))
    .map(([name, field]) => [name, reading(field, schemas)])
    .filter(([, how]) => how);
  return fields.length > 0 ? Object.fromEntries(fields) : undefined;
}

/** How answers are read at run time. */
function shapes({ paths, components: { schemas } }) {
  const named = Object.entries(schemas).flatMap(([name, schema]) => {
    const shape = shapeOf(schema, schemas);
    return shape ? [[name, shape]] : [];
  });
  const answers = Object.entries(paths).flatMap(([name, { get }]) => {
    const schema = get.responses[200].content['application/json']?.schema;
    const how = schema && reading(schema, schemas);
    return how ? [[name, how]] : [];
  });
  const record = (entries) => JSON.stringify(Object.fromEntries(entries), null, 2);
  return (
    `${HEAD}/** Fields that JSON does not have as they are: integers as text, and objects with such fields. */\n` +
    `export const SHAPES: Record<string, Record<string, string>> = ${record(named)};\n\n` +
    `/** The shape of what a path answers. */\n` +
    `export const ANSWERS: Record<string, string> = ${record(answers)};\n`
  );
}

const document = JSON.parse(await readFile(path('../openapi/gpu-lease-indexer.json'), 'utf8'));
const files = [
  ['src/indexer/generated/api.ts', await types(document)],
  ['src/indexer/generated/shapes.ts', shapes(document)],
];
for (const [name, text] of files) {
  if (!process.argv.includes('--check')) await writeFile(path(name), text);
  else if ((await readFile(path(name), 'utf8').catch(() => '')) !== text) {
    console.error(
      `sdk/${name} does not follow from the indexer's API; run \`cargo xtask generate indexer\` and commit the result`,
    );
    process.exitCode = 1;
  }
}
