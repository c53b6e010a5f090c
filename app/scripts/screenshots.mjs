// node scripts/screenshots.mjs [ADDRESS]: makes the README's pictures from the page of a running `cargo xtask up`.

import { mkdir } from 'node:fs/promises';
import { chromium } from 'playwright-core';

const [address = 'http://127.0.0.1:8080/'] = process.argv.slice(2);
const folder = new URL('../../docs/images/', import.meta.url).pathname;
await mkdir(folder, { recursive: true });

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
const context = await browser.newContext({
  viewport: { width: 1280, height: 860 },
  colorScheme: 'light',
  reducedMotion: 'reduce',
});
const page = await context.newPage();

/** The height of the two pictures that are next to each other: down to a lease's usage. */
const TALL = 1085;

async function picture(name, height = 860) {
  await page.setViewportSize({ width: 1280, height });
  await page.waitForFunction(() => !document.querySelector('[aria-busy]'));
  await page.evaluate(() => document.fonts.ready);
  await page.waitForTimeout(500);
  await page.screenshot({ path: `${folder}${name}.png` });
  console.log(`docs/images/${name}.png`);
}

await page.goto(address);
await page.getByRole('button', { name: 'Connect a wallet' }).click();
await page.getByRole('button', { name: 'Development wallet' }).click();
await page.getByRole('button', { name: 'Got it' }).click();
await page.getByRole('link', { name: 'Rent it' }).waitFor();
await picture('market');

await page.getByRole('link', { name: 'Leases' }).click();
await page.getByRole('link', { name: /L40S/ }).first().click();
await page.getByText('GPU-hours in each report').waitFor();
await picture('lease', TALL);

await page.getByRole('link', { name: 'Governance' }).click();
await page.getByRole('link', { name: /Raise the fee from 1\.25% to 1\.5%/ }).click();
await page.getByText('What it changes').waitFor();
await picture('governance', TALL);

await browser.close();
