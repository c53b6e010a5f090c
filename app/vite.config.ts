import react from '@vitejs/plugin-react';
import { defaultClientConditions, defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';

/** While somebody works on the page, Vite puts scripts and styles into the document, which the page's policy forbids. */
const withoutPolicy = {
  name: 'without-policy',
  apply: 'serve',
  transformIndexHtml: (html: string) =>
    html.replace(/<meta\s+http-equiv="Content-Security-Policy"[^>]*>/, ''),
} as const;

export default defineConfig({
  // Relative addresses: the page works in any folder of any static host.
  base: './',
  plugins: [react(), withoutPolicy],
  // The SDK as it is in the checkout, not as it was built last.
  resolve: { conditions: ['@gpu-lease/source', ...defaultClientConditions] },
  ssr: { resolve: { conditions: ['@gpu-lease/source', ...defaultServerConditions] } },
  // `npm run dev` shows the market of `cargo xtask up`.
  server: { proxy: { '/cluster.json': 'http://127.0.0.1:8080' } },
  build: {
    target: 'es2022',
    manifest: true,
    // Nothing inline: the content security policy allows no data: scripts, styles or fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The SDK does nothing by being imported, so a view brings only those of its instructions that it uses.
    // What the first view takes is one file: it is smaller compressed than in forty, and asked for at once.
    rolldownOptions: {
      treeshake: { moduleSideEffects: [{ test: /sdk\/src\//, sideEffects: false }] },
      output: {
        codeSplitting: {
          groups: [{ name: 'first', tags: ['$initial'], test: (id) => !/(index\.html|main\.tsx)$/.test(id) }],
        },
      },
    },
  },
  test: {
    // No file may need what another leaves behind: `--sequence.seed` tries another order.
    sequence: { shuffle: { files: true, tests: false }, seed: 15 },
    projects: [
      { extends: true, test: { name: 'unit', include: ['src/**/*.test.ts'] } },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['e2e/**/*.test.ts'],
          globalSetup: './e2e/setup.ts',
          fileParallelism: false,
          // The files share what they import, which takes a second for each otherwise, and the connection to the browser.
          isolate: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
