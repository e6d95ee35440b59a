import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { loadTableModel } from '../../../lib/tables/table_model';
import packageJson from '../../../package.json';
import { packageRoot, runNode } from '../../support/child';
import { folders } from '../../support/folders';
import { modelFor } from '../../support/people';

const newFolder = folders();
let model: string;
const children: ChildProcess[] = [];

beforeAll(async () => {
  model = path.join(newFolder(), 'model.safetensors');
  await (await modelFor('plan')).save(model);
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** Starts the command; its first line has the address. */
const serving = (...parameters: string[]) => servingFile(model, ...parameters);

async function servingFile(file: string, ...parameters: string[]) {
  const child = spawn(process.execPath, [packageJson.bin.glissade, 'serve', file, '--port', '0', ...parameters], {
    cwd: packageRoot,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  const said = { out: '', error: '' };
  child.stdout.on('data', (text) => (said.out += text));
  child.stderr.on('data', (text) => (said.error += text));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  while (!said.out.includes('\n')) await once(child.stdout, 'data');
  return { child, said, ended, url: /http:\/\/[\w.:[\]]+/.exec(said.out)![0] };
}

const post = async (url: string, body: object) => {
  const headers = { 'content-type': 'application/json' };
  return (await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })).json();
};

const person = { age: 41, city: 'Bern', income: 5200 };

test.each(['SIGTERM', 'SIGINT'] as const)('glissade serve learns, and saves at %s', async (signal) => {
  const out = path.join(newFolder(), 'out.safetensors');
  const { child, said, ended, url } = await serving('--learn', '--out', out, '--rate', '0.05', '--json');
  expect(JSON.parse(said.out)).toEqual({ url, model, learns: true });
  for (let i = 0; i < 10; ++i) await post(`${url}/learn`, { ...person, plan: 'gold' });
  const answer = await post(`${url}/predict`, person);
  child.kill(signal);
  expect([await ended, said.error]).toEqual([0, '']);
  const learnt = await loadTableModel(out);
  expect(answer).toEqual({
    prediction: learnt.predict(person),
    probabilities: learnt.predictProbabilities(person),
  });
  expect(learnt.predictProbabilities(person).gold).toBeGreaterThan(
    (await loadTableModel(model)).predictProbabilities(person).gold!,
  );
});

test.each([
  ['SIGTERM', 'SIGINT'],
  ['SIGINT', 'SIGTERM'],
  ['SIGINT', 'SIGINT'],
] as const)('ends at once by %s to glissade serve and then %s', async (first, second) => {
  const { child, ended, url } = await serving('--grace', '3600', '--timeout', '3600');
  const socket = net.connect(Number(new URL(url).port), '127.0.0.1').on('error', () => {});
  socket.write('POST /predict HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{');
  const metrics = async () => (await fetch(`${url}/metrics`)).text();
  while (!(await metrics()).includes('glissade_in_flight_bytes 1\n'));
  child.kill(first);
  while (await metrics().catch(() => undefined)) await new Promise((resolve) => setTimeout(resolve, 10));
  child.kill(second);
  await ended;
  expect(child.signalCode).toBe(second);
  socket.destroy();
});

test('glissade serve warns of a public address, and passes its options on', async () => {
  const { said, url } = await serving('--host', '0.0.0.0', '--body', '20', '--lenient');
  expect(said.out).toContain(`serving ${model} at ${url} (Ctrl-C stops it)`);
  while (!said.error.includes('\n')) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(said.error).toMatch(
    /^glissade: --host is not a loopback address, so anyone who can reach this machine can use the model/,
  );
  const local = url.replace('0.0.0.0', '127.0.0.1');
  expect((await fetch(`${local}/predict`, { method: 'POST', body: JSON.stringify(person) })).status).toBe(413);
  expect((await fetch(`${local}/predict`, { method: 'POST', body: '{"agee":1}' })).status).toBe(200);
});

test('glissade serve passes its limits on', async () => {
  const out = path.join(newFolder(), 'out.safetensors');
  const limits = ['--rows', '2', '--learn-rows', '1', '--memory', '20000', '--connections', '8', '--share', '0.25'];
  const { url } = await serving('--learn', '--out', out, ...limits, '--keys', '1');
  const rows = (count: number) => Array.from({ length: count }, () => ({ ...person, plan: 'gold' }));
  expect(await post(`${url}/predict`, rows(3))).toMatchObject({ message: expect.stringContaining('more than 2 rows') });
  expect(await post(`${url}/learn`, rows(2))).toMatchObject({ message: expect.stringContaining('more than 1 rows') });
  const long = { ...person, city: 'x'.repeat(30_000) };
  expect(await post(`${url}/predict`, [long, long])).toHaveProperty('length', 2); // alone
  const teach = async (key: string) => {
    const headers = { 'content-type': 'application/json', 'idempotency-key': key };
    const reply = await fetch(`${url}/learn`, { method: 'POST', headers, body: JSON.stringify(rows(1)) });
    return reply.headers.get('idempotent-replayed');
  };
  expect([await teach('a'), await teach('a'), await teach('b'), await teach('a')]).toEqual([null, 'true', null, null]);
  const sockets = Array.from({ length: 4 }, () => net.connect(Number(new URL(url).port), '127.0.0.1'));
  let refused = '';
  for (const socket of sockets) socket.on('error', () => {}).on('data', (text) => (refused += text));
  while (!refused.includes('limit of connections')) await new Promise((resolve) => setTimeout(resolve, 10));
  for (const socket of sockets) socket.destroy();
});

test('glissade serve loads the file again by SIGHUP, and when it changes', async () => {
  const [folder, first] = [newFolder(), fs.readFileSync(model)];
  const file = path.join(folder, 'model.safetensors');
  const other = await loadTableModel(model);
  other.network.parameters.set(other.network.parameters.map((x) => x / 2));
  fs.writeFileSync(file, first);
  const bySignal = await servingFile(file);
  const version = async (url: string) => (await (await fetch(`${url}/health`)).json()).version;
  const before = (await loadTableModel(model)).version();
  expect(await version(bySignal.url)).toBe(before);
  await other.save(file);
  bySignal.child.kill('SIGHUP');
  while (!bySignal.said.error.includes('\n')) await once(bySignal.child.stderr, 'data');
  expect(bySignal.said.error).toBe(`glissade: ${file} is loaded again\n`);
  expect(await version(bySignal.url)).toBe(other.version());
  fs.writeFileSync(file, first.subarray(0, 1000));
  bySignal.child.kill('SIGHUP');
  while (!bySignal.said.error.includes('is not loaded: ')) await once(bySignal.child.stderr, 'data');
  expect(await version(bySignal.url)).toBe(other.version());

  fs.writeFileSync(file, first);
  const byChange = await servingFile(file, '--reload', '--shadow', file);
  expect((await (await fetch(`${byChange.url}/health`)).json()).shadow).toEqual({ version: before, rows: 0 });
  await other.save(file);
  while ((await version(byChange.url)) !== other.version()) await new Promise((resolve) => setTimeout(resolve, 50));
});

test('glissade serve refuses unusual rows if it is strict, and watches no rows if it must not', async () => {
  const { url } = await serving('--strict');
  expect(await post(`${url}/predict`, { ...person, age: 900 })).toMatchObject({ code: 'ERR_FLAGGED' });
  const free = await serving('--no-monitoring');
  expect(await post(`${free.url}/predict`, { ...person, age: 900 })).toHaveProperty('prediction');
  expect(await (await fetch(`${free.url}/metrics`)).text()).not.toContain('glissade_flags_total');
});

test('glissade serve refuses wrong options in one line', async () => {
  for (const [parameters, message] of [
    [['--learn'], '--learn needs --out'],
    [['--port', 'http'], 'for --port but'],
    [['--host', ' '], 'for --host but'],
    [['--every', '5'], '--every is for a model that learns: --learn is missing'],
    [['--learn', '--out', 'm', '--rate', '0'], 'for --rate but'],
    [['--learn', '--out', 'm', '--every', '0'], 'for --every but'],
    [['--learn', '--out', 'm', '--queue', '0'], 'for --queue but'],
    [['--learn', '--out', 'm', '--learn-rows', '0'], 'for --learn-rows but'],
    [['--learn', '--out', 'm', '--keys', '0'], 'for --keys but'],
    [['--body', '0'], 'for --body but'],
    [['--rows', '0'], 'for --rows but'],
    [['--memory', '0'], 'for --memory but'],
    [['--memory', '1'], '--memory: the reply to a row takes'],
    [['--connections', '0'], 'for --connections but'],
    [['--share', '2'], 'for --share but'],
    [['--timeout', '0'], 'for --timeout but'],
    [['--grace', 'x'], 'for --grace but'],
    [['--learn', '--out', 'm', '--reload'], '--reload would replace what a model has learnt: leave out --learn'],
    [['--shadow', 'none.safetensors'], 'none.safetensors'],
  ] as const) {
    const { code, stdout, stderr } = await runNode([packageJson.bin.glissade, 'serve', model, ...parameters]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^glissade: ERR_\w+: [^\n]+\n$/);
    expect(stderr).toContain(message);
  }
});

test('glissade bench measures this machine', async () => {
  const { code, stdout, stderr } = await runNode([packageJson.bin.glissade, 'bench', model, '--json']);
  expect([code, stderr]).toEqual([0, '']);
  const { cpu, trainingExamplesPerSecond, predictionsPerSecond } = JSON.parse(stdout);
  expect(cpu).not.toBe('');
  expect(trainingExamplesPerSecond).toBeGreaterThan(100);
  expect(predictionsPerSecond.oneRow).toBeGreaterThan(100);
  expect(predictionsPerSecond.manyRows).toBeGreaterThan(predictionsPerSecond.oneRow);
  const shown = await runNode([packageJson.bin.glissade, 'bench']);
  expect(shown.stdout).toMatch(/1,000 rows at once +[\d,]+ rows\/s\n$/);
});

test('checks the place of a learning model before it serves anything', async () => {
  const out = path.join(newFolder(), 'nowhere', 'out.safetensors');
  const { code, stdout, stderr } = await runNode([
    packageJson.bin.glissade,
    'serve',
    model,
    '--port',
    '0',
    '--learn',
    '--out',
    out,
  ]);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toBe(
    `glissade: ERR_INVALID_ARGUMENT: ${out} can't be written: there is no folder ${path.dirname(out)}\n`,
  );
});
