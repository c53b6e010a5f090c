// node lower.mjs FROM TO: makes a module with 64-bit memory one with 32-bit memory, which every browser runs, and
// smaller. See docs/decisions/0028-the-rules-in-the-page.md.

import { readFile, writeFile } from 'node:fs/promises';
import binaryen from 'binaryen';

const [from, to] = process.argv.slice(2);
const module = binaryen.readBinary(await readFile(from));
const { Memory64, BulkMemory, BulkMemoryOpt, MutableGlobals, NontrappingFPToInt, SignExt } =
  binaryen.Features;
const everywhere = BulkMemory | BulkMemoryOpt | MutableGlobals | NontrappingFPToInt | SignExt;
module.setFeatures(everywhere | Memory64);
module.runPasses(['memory64-lowering']);
module.setFeatures(everywhere);
binaryen.setOptimizeLevel(2);
binaryen.setShrinkLevel(2);
module.optimize();
if (!module.validate()) throw new Error(`${from} was not lowered to a valid module`);
await writeFile(to, module.emitBinary());
