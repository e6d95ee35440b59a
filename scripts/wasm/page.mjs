import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';

const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.mjs': 'text/javascript' };
const isolating = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** Serves the files of a folder on this machine, with the headers that isolate pages or without them. */
export async function serveFolder(folder, isIsolated) {
  const server = http.createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    const file = path.join(folder, path.normalize(pathname));
    if (!fs.statSync(file, { throwIfNoEntry: false })?.isFile()) {
      response.writeHead(404).end();
      return;
    }
    const type = types[path.extname(file)] ?? 'application/octet-stream';
    response.writeHead(200, { 'Content-Type': type, ...(isIsolated ? isolating : {}) });
    fs.createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${server.address().port}`,
    close: () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections(); // Chromium opens connections in advance, and close() waits for them
      return closed;
    },
  };
}

/** Opens a page, and rejects `failed` when it has an error. */
export async function openPage(browser, address) {
  const page = await browser.newPage();
  page.setDefaultTimeout(0);
  const failed = new Promise((_, reject) => {
    page.on('pageerror', (error) => reject(error));
    page.on('requestfailed', (request) =>
      reject(new Error(`${request.url().slice(0, 200)}: ${request.failure()?.errorText}`)),
    );
  });
  failed.catch(() => {}); // for whoever waits for it
  await page.goto(address);
  return { page, failed };
}
