import { mkdirSync } from 'node:fs';

/** Where tests leave pictures of what they saw. */
export const SCREENSHOTS = '../target/screenshots';

mkdirSync(SCREENSHOTS, { recursive: true });
