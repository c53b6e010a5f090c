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
const app = fileURLToPath(new URL('..', import.meta.url));

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
  const idl = JSON.parse(await readFile(join(app, '../idl/gpu_lease.json'), 'utf8'));
  const codama = createFromRoot(rootNodeFromAnchor(flat(idl)));
  await codama.accept(renderVisitor(folder, { generatedFolder: GENERATED, deleteFolderBeforeRendering: true, syncPackageJson: false }));

  // The plugin at the end of this file, which the page does not use, does not compile with kit 8.4. The address, which
  // everything uses, gets a file of its own: otherwise the first view would load what reads all instructions.
  const programs = join(folder, GENERATED, 'programs');
  const program = await readFile(join(programs, 'gpuLease.ts'), 'utf8');
  const [address] = program.match(/export const GPU_LEASE_PROGRAM_ADDRESS =[^;]+;\n/);
  await writeFile(join(programs, 'gpuLease.ts'), `// @ts-nocheck\nimport { GPU_LEASE_PROGRAM_ADDRESS } from "./address";\n${program.replace(address, '')}`);
  await writeFile(join(programs, 'address.ts'), `import type { Address } from "@solana/kit";\n\n${address}`);
  await writeFile(join(programs, 'index.ts'), `${await readFile(join(programs, 'index.ts'), 'utf8')}export * from "./address";\n`);
}

/** The files of the client in a folder, by name. */
async function read(folder) {
  const entries = await readdir(join(folder, GENERATED), { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(await Promise.all(paths.map(async (path) => [path.slice(folder.length), await readFile(path, 'utf8')])));
}

if (process.argv.includes('--check')) {
  const folder = await mkdtemp(join(tmpdir(), 'gpu-lease-client-'));
  try {
    await generate(folder);
    const [committed, fresh] = [await read(app.replace(/\/$/, '')), await read(folder)];
    const stale = [...new Set([...committed.keys(), ...fresh.keys()])].filter((path) => committed.get(path) !== fresh.get(path));
    if (stale.length > 0) {
      console.error(`The page's client does not follow from the IDL; run \`cargo xtask generate typescript\` and commit the result:`);
      for (const path of stale) console.error(`  app${path}`);
      process.exitCode = 1;
    }
  } finally {
    await rm(folder, { recursive: true });
  }
} else {
  await generate(app);
}
