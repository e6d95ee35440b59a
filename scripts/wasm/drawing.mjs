import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { openPage, serveFolder } from './page.mjs';

const mostBytes = 3e6;
const leastAccuracy = 0.95;

/** The page of examples/drawing: its size, what it learns, and that it reads a stroke and learns from it. */
export async function checkDrawing({ root, work, browser }) {
  const folder = path.join(work, 'drawing');
  fs.mkdirSync(folder, { recursive: true });
  const file = path.join(folder, 'drawing.html');
  execFileSync(process.execPath, ['examples/drawing/main.mjs', '--out', file], { cwd: root, stdio: 'inherit' });
  const { size } = fs.statSync(file);
  if (size > mostBytes) throw new Error(`the page has ${size} bytes, more than ${mostBytes}`);
  await learn(browser, { address: pathToFileURL(file).href, where: 'from a file', isIsolated: false });
  for (const isIsolated of [true, false]) {
    const server = await serveFolder(folder, isIsolated);
    const where = isIsolated ? 'isolated' : 'not isolated';
    await learn(browser, { address: `${server.address}/drawing.html`, where, isIsolated });
    await server.close();
  }
}

async function learn(browser, { address, where, isIsolated }) {
  const begin = performance.now();
  const { page, failed } = await openPage(browser, address);
  try {
    const value = async (key) => {
      const handle = await page.waitForFunction((name) => document.body.dataset[name], {}, key);
      return handle.jsonValue();
    };
    const accuracy = Number(await Promise.race([value('accuracy'), failed]));
    const seconds = ((performance.now() - begin) / 1000).toFixed(1);
    const threads = Number(await value('threads'));
    const allowed = isIsolated ? await page.evaluate(() => navigator.hardwareConcurrency) : 1;
    if (threads !== allowed) throw new Error(`${where}: ${threads} threads instead of ${allowed}`);
    if (!(accuracy >= leastAccuracy)) throw new Error(`${where}: accuracy ${accuracy}, less than ${leastAccuracy}`);
    await drawOne(page);
    const read = await Promise.race([value('read'), failed]);
    if (read !== '1') throw new Error(`${where}: a vertical stroke is read as ${read}`);
    await page.click('#labels button:nth-child(2)');
    const status = await page.$eval('#status', (element) => element.value);
    if (!status.includes('on your 1')) throw new Error(`${where}: after teaching, the status is "${status}"`);
    console.log(`${where}: accuracy ${accuracy} after ${seconds} s, threads ${threads}, a stroke is read as ${read}`);
  } finally {
    await page.close();
  }
}

/** Draws a vertical stroke with the mouse. */
async function drawOne(page) {
  await page.evaluate(() => document.getElementById('drawing').scrollIntoView());
  const { x, y, width, height } = await (await page.$('#drawing')).boundingBox();
  await page.mouse.move(x + width / 2, y + height / 5);
  await page.mouse.down();
  await page.mouse.move(x + width / 2, y + (4 * height) / 5, { steps: 10 });
  await page.mouse.up();
}
