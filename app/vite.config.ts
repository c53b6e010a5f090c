import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Relative addresses: the page works in any folder of any static host.
  base: './',
  plugins: [react()],
  build: {
    target: 'es2022',
    manifest: true,
    // Nothing inline: the content security policy allows no data: scripts, styles or fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The generated client does nothing by being imported, so a view brings only those of its instructions that it uses.
    // What the first view takes is one file: it is smaller compressed than in forty, and asked for at once.
    rolldownOptions: {
      treeshake: { moduleSideEffects: [{ test: /src\/generated\//, sideEffects: false }] },
      output: { codeSplitting: { groups: [{ name: 'first', tags: ['$initial'], test: (id) => !/(index\.html|main\.tsx)$/.test(id) }] } },
    },
  },
  test: {
    projects: [
      { extends: true, test: { name: 'unit', include: ['src/**/*.test.ts'] } },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['e2e/**/*.test.ts'],
          globalSetup: './e2e/setup.ts',
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
