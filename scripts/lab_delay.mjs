// Moves a slider of the live page repeatedly, and prints the delay from the run's first report until its points are
// drawn: npm run lab:delay -- [experiment] [moves]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import readline from 'node:readline';
import { openBrowser } from './chromium.mjs';

const [experiment = 'single-layer', moves = '30'] = process.argv.slice(2);
const server = spawn(process.execPath, ['dist/cjs/cli/main.js', 'lab', '--serve', '--port', '0', '--small'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const [line] = await once(readline.createInterface(server.stdout), 'line');
const browser = await openBrowser();
try {
  const page = await browser.newPage();
  await page.goto(`${/http:\S+/.exec(line)[0]}#${experiment}`);
  const isDone = () =>
    page.waitForFunction(
      (selector) => document.querySelector(selector)?.textContent?.startsWith('done'),
      {},
      `#${experiment} .run output`,
    );
  await isDone();
  const delays = [];
  for (let i = 0; i < Number(moves); ++i) {
    await page.evaluate(
      (experiment, position) => {
        performance.clearMeasures();
        const slider = document.querySelector(`#${experiment} .setting input[type=range]`);
        slider.value = String(position);
        slider.dispatchEvent(new Event('input'));
      },
      experiment,
      0.75 - 0.5 * (i % 2),
    );
    const delay = await page.waitForFunction(() => performance.getEntriesByType('measure')[0]?.duration);
    delays.push(await delay.jsonValue());
    await isDone();
  }
  delays.sort((a, b) => a - b);
  const at = (share) => `${delays[Math.min(delays.length - 1, Math.floor(share * delays.length))].toFixed(0)} ms`;
  console.log(
    `${experiment}: first points after ${at(0.5)} in the median of ${delays.length} moves; fastest ${at(0)}, nine of ten within ${at(0.9)}, slowest ${at(1)}`,
  );
} finally {
  await browser.close();
  server.kill('SIGTERM');
}
