import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { openPage } from './page.mjs';

const mostBytes = 4.5e6;

/** The pages of `glissade lab --out --live`, opened from files: all experiments run and follow their settings, rules race. */
export async function checkLab({ root, work, browser }) {
  const write = (name, ...options) => {
    const file = path.join(work, `${name}.html`);
    const args = ['dist/cjs/cli/main.js', 'lab', name, '--live', '--out', file, ...options];
    execFileSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
    return file;
  };
  const all = write('all', '--small');
  const { size } = fs.statSync(all);
  if (size > mostBytes) throw new Error(`the page has ${size} bytes, more than ${mostBytes}`);
  await open(browser, all, async (lab) => {
    for (const name of await lab.experiments()) await lab.runBoth(name);
    await lab.race('digits', ({ findings }) => /handwritten digits/.test(findings));
    await lab.raceOnTable();
  });
  for (const options of [
    ['--step-factor', '2.1'],
    ['--counter-model', 'η = 2.1/L'],
  ])
    await open(browser, write('rates', '--small', ...options), async (lab) => {
      await lab.show('rates');
      const { checks } = await lab.end('rates');
      if (!/fail/.test(checks)) throw new Error(`rates with ${options.join(' ')}: ${checks}`);
      console.log(`rates with ${options.join(' ')}: ${checks}`);
    });
}

/** Opens a page from its file, and fails on its errors and on requests to other places. */
async function open(browser, file, check) {
  const { page, failed } = await openPage(browser, pathToFileURL(file).href);
  const outside = [];
  page.on('request', (request) => {
    if (!/^(blob|data|file):/.test(request.url())) outside.push(request.url());
  });
  try {
    await Promise.race([check(new LabPage(page)), failed]);
    if (outside.length > 0) throw new Error(`${file} requests ${outside.join(', ')}`);
  } finally {
    await page.close();
  }
}

class LabPage {
  #page;

  constructor(page) {
    this.#page = page;
  }

  experiments() {
    return this.#page.$$eval('section.live:not(#race)', (all) => all.map(({ id }) => id));
  }

  async show(name) {
    await this.#page.$eval(`#${name}`, (section) => section.scrollIntoView());
  }

  /** Waits until the newest run of a section has ended. Returns what the page shows of it. */
  async end(name) {
    const selector = `#${name} .run output`;
    const handle = await this.#page.waitForFunction(
      (selector) => {
        const { className, textContent } = document.querySelector(selector);
        return (className === 'error' || /^(done|stopped)/.test(textContent)) && textContent;
      },
      {},
      selector,
    );
    const status = await handle.jsonValue();
    if (!status.startsWith('done')) throw new Error(`${name}: ${status}`);
    return this.#page.$eval(
      `#${name}`,
      (section, status) => ({
        status,
        figures: section.querySelectorAll('figure').length,
        findings: section.querySelector('.findings').textContent,
        checks: section.querySelector('.verdicts summary')?.textContent ?? '',
        values: section.querySelector('.verdicts table')?.textContent ?? '',
      }),
      status,
    );
  }

  /** Runs an experiment as it comes into view, then with another seed or number of steps: the outcome is another. */
  async runBoth(name) {
    await this.show(name);
    const first = await this.end(name);
    if (first.figures === 0) throw new Error(`${name}: no figures`);
    if (!/^all /.test(first.checks)) throw new Error(`${name}: ${first.checks}`);
    const moved = await this.#move(name);
    const second = await this.end(name);
    if (second.values === first.values && second.findings === first.findings)
      throw new Error(`${name}: the same outcome with ${moved}`);
    console.log(`${name}: ${first.checks}, ${first.status}; with ${moved} ${second.status}`);
  }

  /** Moves the slider of the seed, or else of the first setting. Returns the option that the page shows. */
  async #move(name) {
    await this.#page.$eval(`#${name} .controls`, (controls) => {
      controls.querySelector('.run output').textContent = '';
      const slider = controls.querySelector('input[name=seed]') ?? controls.querySelector('input[type=range]');
      slider.value = String(Number(slider.value) > 0.5 ? 0.3 : 0.7);
      slider.dispatchEvent(new Event('input'));
    });
    return this.#page.$eval(`#${name} .controls .command`, (code) => code.textContent.replace(/.*?--small ?/, ''));
  }

  async race(data, isRight) {
    await this.show('race');
    await this.#page.select('#race .data select', data);
    await this.#page.$eval('#race .run button', (button) => button.click());
    const outcome = await this.end('race');
    if (outcome.figures === 0 || !isRight(outcome)) throw new Error(`race on ${data}: ${outcome.findings}`);
    console.log(`race on ${data}: ${outcome.status}`);
  }

  /** Gives the page a table, and races on it. */
  async raceOnTable() {
    const rows = Array.from({ length: 200 }, (_, i) => `${i % 17},${i % 5},${(i % 17) * 2 - (i % 5)}`);
    const csv = ['width,height,price', ...rows].join('\n');
    await this.#page.$eval(
      '#race .data input[type=file]',
      (input, csv) => {
        const files = new DataTransfer();
        files.items.add(new File([csv], 'prices.csv'));
        input.files = files.files;
        input.dispatchEvent(new Event('change'));
      },
      csv,
    );
    await this.#page.waitForFunction(() => document.querySelector('#race .data output').textContent === '3 columns');
    await this.#page.$eval('#race .run output', (output) => {
      output.textContent = '';
    });
    await this.race('a CSV file …', ({ findings }) => /160 rows of a table, "price"/.test(findings));
  }
}
