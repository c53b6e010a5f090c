// The system's Chromium. It is started once; every test connects to it.

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type BrowserServer } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

const isExecutable = (path: string) => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** The path of a command, as a shell finds it. */
const onPath = (name: string) =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find(isExecutable);

export function findChromium(): string {
  const named = process.env.CHROMIUM;
  const found = named
    ? isExecutable(named)
      ? named
      : onPath(named)
    : NAMES.map(onPath).find((path) => path !== undefined);
  if (!found)
    throw new Error(
      'Chromium is missing: install it, on Debian with `sudo apt-get install chromium`, or name one in the variable CHROMIUM.',
    );
  return found;
}

export const launch = (): Promise<BrowserServer> =>
  chromium.launchServer({ executablePath: findChromium(), args: ['--no-sandbox', '--disable-gpu'] });
