import { defineConfig } from 'tsdown';

export default defineConfig({
  entry: { index: 'src/index.ts', rules: 'src/rules/index.ts', indexer: 'src/indexer/index.ts' },
  format: 'esm',
  platform: 'neutral',
  target: 'es2022',
  dts: true,
  sourcemap: true,
  // Next to the module that loads it.
  copy: 'src/rules/rules.wasm',
});
