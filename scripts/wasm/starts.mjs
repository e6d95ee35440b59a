import fs from 'node:fs';
import path from 'node:path';
import { openPage, serveFolder } from './page.mjs';

/** Pages in which the module can't start, and a part of the error that they must get. */
const cases = [
  {
    what: 'without memory for the module',
    begin: () => {
      WebAssembly.instantiate = () => Promise.reject(new RangeError('Out of memory'));
    },
    error: 'Out of memory',
  },
  { what: 'with a policy against workers', policy: "worker-src 'none'", error: 'a worker of glissade-wasm' },
];

const page = (policy) =>
  `<!doctype html><title>glissade</title><link rel="icon" href="data:," />${
    policy ? `<meta http-equiv="Content-Security-Policy" content="${policy}" />` : ''
  }\n`;

/** A start that fails rejects, instead of staying pending. */
export async function checkFailedStarts({ root, work, browser }) {
  const folder = path.join(work, 'starts');
  fs.mkdirSync(folder, { recursive: true });
  fs.copyFileSync(path.join(root, 'wasm/dist/browser.mjs'), path.join(folder, 'browser.mjs'));
  const server = await serveFolder(folder, true);
  for (const { what, begin = () => {}, policy, error } of cases) {
    fs.writeFileSync(path.join(folder, 'index.html'), page(policy));
    const { page: tab } = await openPage(browser, `${server.address}/index.html`);
    await tab.evaluate(begin);
    const ended = tab.evaluate(async () => {
      const { instantiate } = await import('/browser.mjs');
      return instantiate().then(
        () => 'it has started',
        ({ message }) => message,
      );
    });
    const late = new Promise((resolve) => setTimeout(resolve, 30_000, 'it is still pending'));
    const message = await Promise.race([ended, late]);
    if (!message.includes(error)) throw new Error(`a start ${what}: ${message}`);
    console.log(`a start ${what} is refused: ${message}`);
    await tab.close();
  }
  await server.close();
}
