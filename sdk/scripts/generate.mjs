// Writes src/generated, the client of the program, from idl/gpu_lease.json. With --check it changes nothing, and
// fails if the committed client does not follow from the IDL.

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rootNodeFromAnchor } from '@codama/nodes-from-anchor';
import { renderVisitor } from '@codama/renderers-js';
import { createFromRoot } from 'codama';

const GENERATED = 'src/generated';
const sdk = fileURLToPath(new URL('..', import.meta.url));

/**
 * The IDL with the fields of an argument as arguments of their own, as Codama has them in the end, where an address follows
 * from one: Codama leaves out addresses that follow from fields.
 */
function flat(idl) {
  const instructions = idl.instructions.map((instruction) => {
    const [only, ...others] = instruction.args;
    const text = JSON.stringify(instruction.accounts);
    const accounts = text.replaceAll(`"kind":"arg","path":"${only?.name}.`, '"kind":"arg","path":"');
    if (others.length > 0 || accounts === text) return instruction;
    const { fields } = idl.types.find(({ name }) => name === only.type.defined.name).type;
    return { ...instruction, args: fields, accounts: JSON.parse(accounts) };
  });
  return { ...idl, instructions };
}

async function generate(folder) {
  const idl = JSON.parse(await readFile(join(sdk, '../idl/gpu_lease.json'), 'utf8'));
  const codama = createFromRoot(rootNodeFromAnchor(flat(idl)));
  await codama.accept(
    renderVisitor(folder, {
      generatedFolder: GENERATED,
      deleteFolderBeforeRendering: true,
      syncPackageJson: false,
      // The same wherever it is written to: the renderer otherwise takes the options of the folder that it finds itself in.
      prettierOptions: { printWidth: 80, singleQuote: false },
    }),
  );

  // The plugin at the end of this file, which nothing here uses, does not compile with kit 8.4. The address, which
  // everything uses, gets a file of its own: otherwise a page would load what reads all instructions with it.
  const programs = join(folder, GENERATED, 'programs');
  const program = await readFile(join(programs, 'gpuLease.ts'), 'utf8');
  const [address] = program.match(/export const GPU_LEASE_PROGRAM_ADDRESS =[^;]+;\n/);
  await writeFile(
    join(programs, 'gpuLease.ts'),
    `// @ts-nocheck\nimport { GPU_LEASE_PROGRAM_ADDRESS } from "./address";\n${program.replace(address, '')}`,
  );
  await writeFile(join(programs, 'address.ts'), `import type { Address } from "@solana/kit";\n\n${address}`);
  await writeFile(
    join(programs, 'index.ts'),
    `${await readFile(join(programs, 'index.ts'), 'utf8')}export * from "./address";\n`,
  );
  await writeFile(join(folder, GENERATED, 'kinds.ts'), kinds(idl));

  // Texts of errors are there in every build, since browsers have no `process`; inside their function, so that a bundler leaves
  // them out where nobody asks for them.
  const errors = join(folder, GENERATED, 'errors/gpuLease.ts');
  const text = await readFile(errors, 'utf8');
  const [whole, messages] = text.match(
    /let gpuLeaseErrorMessages:.*?gpuLeaseErrorMessages = (\{.*?\n  \});\n\}\n\n/s,
  );
  const always = text
    .replace(whole, '')
    .replace(
      /  if \(process\.env\["NODE_ENV"\].*?Error message not available in production bundles\.";/s,
      `  const messages: Record<GpuLeaseError, string> = ${messages};\n  return messages[code];`,
    );
  if (always.includes('process.env')) fail('the texts of errors are generated otherwise than expected');
  await writeFile(errors, always);
}

const SIZES = {
  u8: 1,
  i8: 1,
  bool: 1,
  u16: 2,
  i16: 2,
  u32: 4,
  i32: 4,
  u64: 8,
  i64: 8,
  u128: 16,
  i128: 16,
  pubkey: 32,
};

/** Bytes of a type of the IDL, all of which have a fixed size. */
function sizeOf(type, types) {
  if (typeof type === 'string') return SIZES[type] ?? fail(`the size of ${type} is unknown`);
  if (type.array) return sizeOf(type.array[0], types) * type.array[1];
  const { kind, fields } = types.find(({ name }) => name === type.defined.name).type;
  return kind === 'enum' ? 1 : fields.reduce((sum, field) => sum + sizeOf(field.type, types), 0);
}

const fail = (sentence) => {
  throw new Error(sentence);
};
const camel = (name) =>
  name
    .replace(/^[A-Z]/, (first) => first.toLowerCase())
    .replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());
const constant = (name) => name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase();

/** Every kind of account, and where its addresses are: Codama has both, but nothing that goes through them. */
function kinds({ accounts, types }) {
  const names = accounts.map(({ name }) => name);
  const lines = (line) => names.map(line).join('\n');
  const offsets = names.flatMap((name) => {
    let at = 8;
    return types
      .find((type) => type.name === name)
      .type.fields.flatMap((field) => {
        const offset = at;
        at += sizeOf(field.type, types);
        return field.type === 'pubkey' ? `  '${camel(name)}.${camel(field.name)}': ${offset}n,` : [];
      });
  });
  return `// Written by scripts/generate.mjs from the IDL; do not edit.

import type { Decoder, ReadonlyUint8Array } from '@solana/kit';
import {
${lines((name) => `  ${constant(name)}_DISCRIMINATOR,\n  get${name}Decoder,\n  type ${name},`)}
} from './accounts';

/** Every kind of account, by name. */
export type Kinds = {
${lines((name) => `  ${camel(name)}: ${name};`)}
};

export type Kind = keyof Kinds;

/** How accounts of each kind begin, and how they are read. */
export const KINDS: { [K in Kind]: { discriminator: ReadonlyUint8Array; decoder: Decoder<Kinds[K]> } } = {
${lines((name) => `  ${camel(name)}: { discriminator: ${constant(name)}_DISCRIMINATOR, decoder: get${name}Decoder() },`)}
};

/** Where in accounts their addresses are, by kind and field. */
export const OFFSETS = {
${offsets.join('\n')}
} as const;
`;
}

/** The files of the client in a folder, by name. */
async function read(folder) {
  const entries = await readdir(join(folder, GENERATED), { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    await Promise.all(paths.map(async (path) => [path.slice(folder.length), await readFile(path, 'utf8')])),
  );
}

if (process.argv.includes('--check')) {
  const folder = await mkdtemp(join(tmpdir(), 'gpu-lease-client-'));
  try {
    await generate(folder);
    const [committed, fresh] = [await read(sdk.replace(/\/$/, '')), await read(folder)];
    const stale = [...new Set([...committed.keys(), ...fresh.keys()])].filter(
      (path) => committed.get(path) !== fresh.get(path),
    );
    if (stale.length > 0) {
      console.error(
        `The TypeScript client does not follow from the IDL; run \`cargo xtask generate typescript\` and commit the result:`,
      );
      for (const path of stale) console.error(`  sdk${path}`);
      process.exitCode = 1;
    }
  } finally {
    await rm(folder, { recursive: true });
  }
} else {
  await generate(sdk);
}
