// Writes src/generated, the client of the program, from idl/gpu_lease.json.

import { readFile, writeFile } from 'node:fs/promises';
import { rootNodeFromAnchor } from '@codama/nodes-from-anchor';
import { renderVisitor } from '@codama/renderers-js';
import { createFromRoot } from 'codama';

const idl = JSON.parse(await readFile(new URL('../../idl/gpu_lease.json', import.meta.url), 'utf8'));
const codama = createFromRoot(rootNodeFromAnchor(idl));
const folder = new URL('../', import.meta.url).pathname;
await codama.accept(renderVisitor(folder, { generatedFolder: 'src/generated', deleteFolderBeforeRendering: true, syncPackageJson: false }));

// The plugin at the end of this file, which the page does not use, does not compile with kit 8.4.
const program = new URL('../src/generated/programs/gpuLease.ts', import.meta.url);
await writeFile(program, `// @ts-nocheck\n${await readFile(program, 'utf8')}`);
