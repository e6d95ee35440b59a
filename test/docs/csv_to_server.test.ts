import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { packageRoot } from '../support/child';
import { random, range } from '../support/numbers';

const page = fs.readFileSync(path.join(packageRoot, 'docs/csv-to-server.md'), 'utf8');
const files = new Map([...page.matchAll(/```js\n\/\/ (\S+)\n(.*?)```/gs)].map(([, name, text]) => [name!, text!]));

let folder: string;
const servers: ChildProcess[] = [];

beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-docs-'));
  fs.mkdirSync(path.join(folder, 'node_modules'));
  fs.symlinkSync(packageRoot, path.join(folder, 'node_modules/glissade'), 'dir');
  for (const [name, text] of files) fs.writeFileSync(path.join(folder, name), text);
  const uniform = random(1);
  const rows = range(400).map(() => {
    const [age, city] = [20 + Math.floor(50 * uniform()), ['Bern', 'Basel', 'Chur'][Math.floor(3 * uniform())]];
    const income = 30_000 + Math.floor(60_000 * uniform());
    const score = (income - 60_000) / 10_000 + (city === 'Bern' ? 2 : 0) + 2 * uniform() - 1;
    return [age, income, city, Number(score > 0)];
  });
  fs.writeFileSync(path.join(folder, 'customers.csv'), ['age,income,city,bought', ...rows].join('\n'));
});
afterAll(() => {
  for (const server of servers) server.kill('SIGKILL');
  fs.rmSync(folder, { recursive: true, force: true });
});

const env = { ...process.env, GLISSADE_PRIORITY: 'normal', PORT: '0' };

/** Starts the server. Returns its output, and a function to send requests. */
async function started(program: string) {
  const child = spawn(process.execPath, [program], { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
  servers.push(child);
  let said = '';
  for await (const piece of child.stdout!) {
    said += piece;
    if (said.includes('\n')) break;
  }
  const [, port] = /(?:port |:)(\d+)\s/.exec(said)!;
  const ask = async (url: string, body: unknown) => {
    const response = await fetch(`http://localhost:${port}${url}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    });
    const answer = (await response.json().catch(() => ({}))) as Record<string, number>;
    return { status: response.status, probability: Number.NaN, ...answer };
  };
  return { child, ask, url: `http://localhost:${port}` };
}

test('the programs by hand train, serve, learn and resume', async () => {
  expect([...files.keys()]).toEqual(['train.mjs', 'serve.mjs', 'columns.mjs', 'fit.mjs', 'answer.mjs']);
  const { stdout } = await promisify(execFile)(process.execPath, ['fit.mjs'], { cwd: folder, env });
  expect(stdout).toMatch(/^(stoppedEarly|completed) after \d+ epochs, best: \d+\n/);
  expect(Number(/AUC ([\d.]+)/.exec(stdout)![1])).toBeGreaterThan(0.9);

  const { child, ask } = await started('answer.mjs');
  const rich = { age: 41, income: 85_000, city: 'Bern' };
  const before = await ask('/predict', rich);
  expect(before.probability).toBeGreaterThan(0.8);
  for (const i of range(20))
    expect(await ask('/learn', { ...rich, bought: 0 })).toMatchObject({ status: 200, steps: i + 1 });
  const after = await ask('/predict', rich);
  expect(after.probability).toBeLessThan(before.probability);
  expect((await ask('/predict', { age: 41, income: 85_000, city: 'Nowhere' })).status).toBe(200);
  expect(await ask('/learn', { ...rich, bought: 'perhaps' })).toMatchObject({ status: 400, code: 'ERR_NON_FINITE' });
  expect((await ask('/nothing', {})).status).toBe(404);

  child.kill('SIGTERM');
  await once(child, 'exit');
  const again = await started('answer.mjs');
  expect((await again.ask('/predict', rich)).probability).toBe(after.probability);
  expect(await again.ask('/learn', { ...rich, bought: 0 })).toMatchObject({ status: 200, steps: 21 });
});

test('the programs train, give a verdict, serve, and serve a new version when it is there', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['train.mjs'], { cwd: folder, env });
  expect(Number(/^network ([\d.]+)$/m.exec(stdout)![1])).toBeGreaterThan(0.9);
  expect(stdout).toMatch(/^(linear|network) is kept; the best baseline is \w+$/m);
  expect(stdout).toMatch(/^cost of a customer: 0\.\d\d$/m);
  expect(stdout).not.toContain('Warning');

  const { child, ask, url } = await started('serve.mjs');
  const rich = { age: 41, income: 85_000, city: 'Bern' };
  expect(await ask('/predict', rich)).toMatchObject({ status: 200, prediction: 1 });
  const versionOf = async () => ((await (await fetch(`${url}/health`)).json()) as { version: string }).version;
  const first = await versionOf();
  const program = files.get('train.mjs')!.replace("target: 'bought',", "target: 'bought', seed: 1,");
  fs.writeFileSync(path.join(folder, 'again.mjs'), program);
  await promisify(execFile)(process.execPath, ['again.mjs'], { cwd: folder, env });
  while ((await versionOf()) === first) await setTimeout(100);
  expect(await ask('/predict', rich)).toMatchObject({ status: 200, prediction: 1 });
  child.kill('SIGTERM');
  await once(child, 'exit');
});
