import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { newestCheckpoint, Trainer } from 'glissade';
import { packageRoot, runNode } from '../support/child';
import { random, range } from '../support/numbers';

const program = path.join(packageRoot, 'examples/service/main.mjs');
const stepsPerEpoch = Math.ceil(20_000 / 64);
const uniform = random(3);
const examples = range(40).map((i) => ({
  features: range(784).map(() => Math.floor(256 * uniform())),
  target: i % 10,
}));

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-service-'));
const newFolder = () => fs.mkdtempSync(path.join(root, 'state-'));
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  fs.rmSync(root, { recursive: true });
});

interface Reply {
  status: number;
  headers: http.IncomingHttpHeaders;
  answer: Record<string, never> & { steps: number; learned: number; message: string; probabilities: number[] };
}

/** Starts the server with ten connections to it. */
async function started(folder: string, ...options: string[]) {
  const child = spawn(process.execPath, [program, '--port', '0', '--folder', folder, '--seconds', '0.2', ...options], {
    env: { ...process.env, GLISSADE_PRIORITY: 'normal' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const said = { text: '' };
  child.stdout.on('data', (piece) => {
    said.text += piece;
  });
  while (!said.text.includes('http://')) await once(child.stdout, 'data');
  const [, at, again] = /at step (\d+), with (\d+) from/.exec(said.text)!.map(Number);
  const port = Number(/localhost:(\d+)/.exec(said.text)![1]);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 10 });
  const ask = (method: string, url: string, body?: unknown) =>
    new Promise<Reply>((resolve, reject) => {
      const request = http.request({ port, method, path: url, agent }, async (response) => {
        try {
          let text = '';
          for await (const piece of response) text += piece;
          resolve({ status: response.statusCode!, headers: response.headers, answer: JSON.parse(text) });
        } catch (error) {
          reject(error);
        }
      });
      request.on('error', reject).end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  const post = (url: string, body: unknown) => ask('POST', url, body);
  const status = async () => (await ask('GET', '/status')).answer;
  const ended = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    agent.destroy();
    return { code: child.exitCode, said: said.text };
  };
  return { port, at: at!, again: again!, ask, post, status, ended };
}
type Server = Awaited<ReturnType<typeof started>>;

/**
 * Posts examples on ten connections while `goesOn`, and requests predictions in between. Returns all replies of /learn.
 */
async function learning({ post }: Server, goesOn: () => boolean): Promise<{ i: number; reply: Reply }[]> {
  const replies: { i: number; reply: Reply }[] = [];
  let next = 0;
  await Promise.all(
    range(10).map(async () => {
      try {
        while (goesOn()) {
          const i = next++ % examples.length;
          replies.push({ i, reply: await post('/learn', examples[i]) });
          const { status, answer } = await post('/predict', examples[i]);
          expect([status, answer.probabilities.length]).toEqual([200, 10]);
        }
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error; // the server was killed
      }
    }),
  );
  return replies;
}

/** Steps of the successfully answered requests. */
const taken = (replies: { reply: Reply }[]) =>
  replies.filter(({ reply }) => reply.status === 200).map(({ reply }) => reply.answer.steps);

/** Polls the status until it meets the condition. */
async function until({ status }: Server, wanted: (status: Reply['answer']) => boolean) {
  for (;;) {
    const answer = await status();
    if (wanted(answer)) return answer;
    await setTimeout(20);
  }
}

test('each successfully answered example is a step beside those of the run, and there are no others', async () => {
  const server = await started(newFolder(), '--epochs', '3', '--queue', '2');
  let isOver = false;
  const [replies] = await Promise.all([
    learning(server, () => !isOver),
    until(server, ({ epoch }) => epoch === undefined).then(() => {
      isOver = true;
    }),
  ]);
  const steps = taken(replies);
  const refused = replies.filter(({ reply }) => reply.status !== 200).map(({ reply }) => reply);
  expect(refused.length).toBeGreaterThan(0);
  for (const { status, headers, answer } of refused) {
    expect([status, headers['retry-after']]).toEqual([503, '1']);
    expect(answer.message).toContain('2 steps wait');
  }
  expect(new Set(steps).size).toBe(steps.length);
  expect(await server.status()).toMatchObject({ steps: 3 * stepsPerEpoch + steps.length, learned: steps.length });
  const { code, said } = await server.ended('SIGTERM');
  expect(code).toBe(0);
  expect(said).toContain(`saved at step ${3 * stepsPerEpoch + steps.length}\n`);
});

test('continues after a kill from the last checkpoint, with later examples and the rest of the run', async () => {
  const folder = newFolder();
  const epochs = 4;
  let answered = 0;
  let [kills, mostUnanswered] = [0, 0];
  for (let isOver = false; !isOver; ) {
    const newest = await newestCheckpoint(path.join(folder, 'checkpoints'));
    const resumed = newest ? await Trainer.resume(newest) : undefined;
    const server = await started(folder, '--epochs', String(epochs));
    expect(server.at).toBe((resumed?.steps ?? 0) + server.again);
    const { steps, learningRate } = await server.status();
    expect(steps).toBeGreaterThanOrEqual(server.at);
    // The run continues between the two reads.
    const { steps: later } = await server.status();
    const rateAt = (step: number) => 3e-3 * (1 + 1e-3 * step) ** -0.6;
    expect(learningRate).toBeLessThanOrEqual(rateAt(steps) + 1e-12);
    expect(learningRate).toBeGreaterThanOrEqual(rateAt(later) - 1e-12);
    let goesOn = true;
    const replies = learning(server, () => goesOn);
    if (kills < 3) {
      await setTimeout(50 + 350 * Math.random());
      await server.ended('SIGKILL');
      answered += taken(await replies).length;
      kills += 1;
      mostUnanswered += 10;
    } else {
      const all = await until(server, ({ epoch }) => epoch === undefined);
      goesOn = false;
      answered += taken(await replies).length;
      const learned = (await server.status()).steps - epochs * stepsPerEpoch;
      expect(all.steps).toBeGreaterThan(epochs * stepsPerEpoch);
      expect(learned).toBeGreaterThanOrEqual(answered);
      expect(learned).toBeLessThanOrEqual(answered + mostUnanswered);
      expect((await server.ended('SIGTERM')).code).toBe(0);
      isOver = true;
    }
  }
});

const rarely = ['--epochs', '0', '--seconds', '1000'];

test.each([
  ['the last checkpoint', 0],
  ['the last one before two damaged ones', 2],
])('the parameters after a kill are those of %s and of the later examples, to the bit', async (_, damaged) => {
  const folder = newFolder();
  const checkpoints = path.join(folder, 'checkpoints');
  const first = await started(folder, '--epochs', '1000000');
  await until(first, ({ checkpoint }) => checkpoint !== undefined);
  const begin = fs.readdirSync(checkpoints).at(-1)!;
  let seen = new Set([begin]);
  const replies = await learning(first, () => {
    seen = new Set([...seen, ...fs.readdirSync(checkpoints).filter((name) => name.startsWith('checkpoint'))]);
    return seen.size < 8;
  });
  await first.ended('SIGKILL');
  const files = fs
    .readdirSync(checkpoints)
    .filter((name) => name.startsWith('checkpoint'))
    .sort();
  for (const name of files.slice(files.length - damaged)) fs.truncateSync(path.join(checkpoints, name), 1000);

  const trainer = await Trainer.resume(checkpoints);
  trainer.abandon();
  const since = replies
    .filter(({ reply }) => reply.status === 200 && reply.answer.steps > trainer.steps)
    .sort((a, b) => a.reply.answer.steps - b.reply.answer.steps);
  for (const { i } of since) trainer.step(examples[i]!.features, [examples[i]!.target], { scale: 1 / 255 });
  const expected = Array.from(trainer.model.predictProbabilities(examples[0]!.features, { scale: 1 / 255 }));

  // Without a run nothing else happens. Three processes: killed, stopped, and the next one, which needs no journal.
  for (const [signal, again] of [
    ['SIGKILL', since.length],
    ['SIGTERM', since.length],
    ['SIGTERM', 0],
  ] as const) {
    const server = await started(folder, ...rarely);
    expect([server.at, server.again]).toEqual([trainer.steps, again]);
    expect((await server.post('/predict', examples[0])).answer.probabilities).toEqual(expected);
    expect((await server.ended(signal)).code).toBe(signal === 'SIGTERM' ? 0 : null);
  }
});

test('examples without a run are learnt in order, across kills', async () => {
  const folder = newFolder();
  const order: number[] = [];
  for (const signal of ['SIGKILL', 'SIGKILL', 'SIGTERM'] as const) {
    const server = await started(folder, ...rarely);
    expect([server.at, server.again]).toEqual([order.length, order.length]);
    let count = 0;
    for (const { i, reply } of await learning(server, () => ++count < 60)) order[reply.answer.steps - 1] = i;
    await server.ended(signal);
  }
  const trainer = await Trainer.resume(path.join(folder, 'trainer.safetensors'));
  expect(trainer.steps).toBe(order.length);
  expect(Object.keys(order)).toHaveLength(order.length);
});

test('refuses invalid examples, and changes nothing', async () => {
  const server = await started(newFolder(), '--epochs', '0');
  const { features } = examples[0]!;
  for (const [body, status, words] of [
    ['{', 400, 'not JSON'],
    ['null', 400, 'no object'],
    [{ target: 1 }, 400, 'features are an array of 784 numbers from 0 to 255'],
    [{ features: features.slice(1), target: 1 }, 400, 'features'],
    [{ features: features.map(String), target: 1 }, 400, 'features'],
    [{ features }, 400, 'target is a whole number from 0 to 9'],
    [{ features, target: 10 }, 400, 'target'],
    [{ features: features.map(() => 1e300), target: 1 }, 400, 'features'],
    [{ features: [...features.slice(1), 255.5], target: 1 }, 400, 'features'],
    [{ features: [...features.slice(1), -1], target: 1 }, 400, 'features'],
    [{ features, target: 1, more: 'x'.repeat(70_000) }, 413, '65536 bytes'],
  ] as const) {
    const reply = await server.post('/learn', body);
    expect(reply.status).toBe(status);
    expect(reply.answer.message).toContain(words);
  }
  expect((await server.ask('GET', '/learn')).status).toBe(404);
  expect(await server.status()).toMatchObject({ steps: 0, learned: 0 });
  expect((await server.ended('SIGTERM')).code).toBe(0);
});

test('a successfully answered example is in the journal, even if the journal cannot be renamed', async () => {
  const folder = newFolder();
  const server = await started(folder, '--epochs', '0');
  const blocked = path.join(folder, 'journal.1.jsonl');
  fs.mkdirSync(blocked);
  const steps: number[] = [];
  for (const example of examples.slice(0, 5)) {
    const { status, answer } = await server.post('/learn', example);
    expect(status).toBe(200);
    steps.push(answer.steps);
    await until(server, ({ checkpoint }) => checkpoint === answer.steps);
  }
  await server.ended('SIGKILL');
  const lines = fs.readFileSync(path.join(folder, 'journal.jsonl'), 'utf8').split('\n').filter(Boolean);
  expect(lines.map((line) => JSON.parse(line).steps).filter(Boolean)).toEqual(steps);
});

test('reports that an example was learnt but not written to the journal', async () => {
  const folder = newFolder();
  const preload = path.join(folder, 'full.cjs');
  const mark = JSON.stringify(path.join(folder, 'full'));
  fs.writeFileSync(
    preload,
    `const fs = require('node:fs'); const write = fs.appendFileSync;
     fs.appendFileSync = (...given) => { if (fs.existsSync(${mark})) throw Object.assign(new Error('ENOSPC: the disk is full'), { code: 'ENOSPC' }); write(...given); };`,
  );
  process.env.NODE_OPTIONS = `--require ${preload}`;
  const server = await started(folder, '--epochs', '0', '--seconds', '1000').finally(
    () => delete process.env.NODE_OPTIONS,
  );
  fs.writeFileSync(path.join(folder, 'full'), '');
  const { status, answer } = await server.post('/learn', examples[0]);
  expect(status).toBe(507);
  expect(answer.message).toContain("the example was learned at step 1, but the journal can't be written");
  expect(await server.status()).toMatchObject({ steps: 1, learned: 1 });
  fs.rmSync(path.join(folder, 'full'));
  expect(await server.post('/learn', examples[1])).toMatchObject({ status: 200, answer: { steps: 2 } });
  expect((await server.ended('SIGTERM')).code).toBe(0);
});

test('a second server on its port ends without changing its folder', async () => {
  const folder = newFolder();
  const server = await started(folder, '--epochs', '0', '--seconds', '1000');
  await server.post('/learn', examples[0]);
  const journal = path.join(folder, 'journal.jsonl');
  const before = fs.readFileSync(journal, 'utf8');
  const { code, stderr } = await runNode([program, '--port', String(server.port), '--folder', folder]);
  expect([code, fs.readFileSync(journal, 'utf8')]).toEqual([1, before]);
  expect(stderr).toContain('EADDRINUSE');
  expect(fs.readdirSync(folder)).toEqual(['journal.jsonl']);
  await server.ended('SIGKILL');
});

test('prints its help, and refuses wrong options', async () => {
  expect(await runNode([program, '--help'])).toMatchObject({ code: 0, stderr: '' });
  for (const parameters of [
    ['--epochs', 'many'],
    ['--queue', '0'],
    ['--poort', '1'],
  ]) {
    const { code, stdout, stderr } = await runNode([program, ...parameters]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(parameters[0]);
  }
});
