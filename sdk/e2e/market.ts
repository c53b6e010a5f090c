// A local market: `gpu-lease localnet` on free ports.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export const gpuLease = process.env.GPU_LEASE_BIN ?? '../target/debug/gpu-lease';

/** The validator is not optimised, and the stories that it begins with take it a while. */
const PATIENCE = 180_000;

/** Starts a market that serves the page in a folder. */
export async function startMarket(page: string, options: string[] = []) {
  const market = spawn(
    gpuLease,
    ['localnet', '--port', '0', '--page', page, '--page-port', '0', ...options],
    {
      env: { ...process.env, NO_COLOR: '1' },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  const stop = async () => {
    if (market.exitCode !== null || market.signalCode !== null) return;
    const gone = once(market, 'exit');
    market.kill('SIGINT');
    const late = setTimeout(() => market.kill('SIGKILL'), 5_000);
    await gone;
    clearTimeout(late);
  };
  const said: string[] = [];
  const { promise, resolve, reject } = withResolvers<string>();
  const fail = (why: string) =>
    reject(new Error(`${gpuLease} localnet ${why}:\n${said.slice(-20).join('\n')}`));
  const late = setTimeout(() => fail('is not up in time'), PATIENCE);
  market.once('error', (error) => fail(error.message));
  market.once('exit', (code) => fail(`ended with ${code}`));
  createInterface(market.stderr).on('line', (line) => {
    said.push(line);
    const [, url] = line.match(/Open (\S+) in a browser/) ?? [];
    if (url) resolve(url);
  });
  try {
    return { pageUrl: await promise, stop };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    clearTimeout(late);
  }
}

/** `Promise.withResolvers`, which Node.js 20 does not have. */
function withResolvers<T>() {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((yes, no) => ([resolve, reject] = [yes, no]));
  return { promise, resolve, reject };
}
