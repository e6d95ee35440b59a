import fs from 'node:fs';
import path from 'node:path';
import { type Browser, launch, type Page } from 'puppeteer-core'; // drives an installed Chromium, without downloading one

/** The Chromium that tests use: from the variable CHROMIUM, or from the PATH. */
const chromium =
  process.env.CHROMIUM ??
  (process.env.PATH ?? '')
    .split(path.delimiter)
    .flatMap((folder) => ['chromium', 'chromium-browser', 'google-chrome'].map((name) => path.join(folder, name)))
    .find((file) => fs.existsSync(file));

/** Tests in a browser. Without one they are skipped, and their name says so. */
export const describeInBrowser: (name: string, tests: () => void) => void = chromium
  ? describe
  : (name, tests) => describe.skip(`${name} (no Chromium was found: apt-get install chromium)`, tests);

export const openBrowser = (): Promise<Browser> =>
  launch({ executablePath: chromium!, args: ['--no-sandbox', '--disable-gpu'], timeout: 0, protocolTimeout: 0 });

export interface Opened {
  readonly page: Page;
  /** Errors, and everything else that the page wrote to its console. */
  readonly messages: string[];
}

/** Opens a file or an address in a window of a given width. */
export async function openPage(
  browser: Browser,
  address: string,
  { width = 1200, scheme = 'light' }: { width?: number; scheme?: 'light' | 'dark' } = {},
): Promise<Opened> {
  const page = await browser.newPage();
  page.setDefaultTimeout(0); // jest's limit of a test is the only one
  const messages: string[] = [];
  page.on('console', (message) => messages.push(message.text()));
  page.on('pageerror', (error) => messages.push(String(error)));
  page.on('requestfailed', (request) => messages.push(`${request.url()}: ${request.failure()?.errorText}`));
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
  await page.setViewport({ width, height: 900 });
  await page.goto(address.startsWith('http') ? address : `file://${path.resolve(address)}`);
  return { page, messages };
}
