/// <reference lib="dom" />
import http from 'node:http';
import type { Browser } from 'puppeteer-core';
import { Dataset } from '../../../lib/data/dataset';
import { watch } from '../../../lib/lab/watch/watch';
import { fromWords } from '../../../lib/lab/words';
import { dense } from '../../../lib/layers/dense';
import { sgd } from '../../../lib/optimizers/sgd';
import { curvatureMonitor } from '../../../lib/training/curvature_monitor';
import { network } from '../../../lib/training/network';
import { describeInBrowser, openBrowser, openPage } from '../../support/browser';
import { runModule } from '../../support/child';

const inputs = Float32Array.from({ length: 600 }, (_, i) => Math.sin(i * i));
const classes = Uint8Array.from({ length: 200 }, (_, i) => i % 3);
const data = new Dataset({ inputs, columns: 3, targets: classes });

/** A network, and a run of it. */
function begin({
  learningRate = 0.1,
  epochs = 12,
  onEpoch,
}: {
  learningRate?: number;
  epochs?: number;
  onEpoch?: () => Promise<void>;
} = {}) {
  const model = network({ inputs: 3, layers: [dense(8, { activation: 'tanh' }), dense(3)], seed: 3 });
  const run = model.fit(data, {
    loss: 'crossEntropy',
    metrics: ['accuracy'],
    optimizer: sgd({ learningRate }),
    validation: data,
    epochs,
    monitor: curvatureMonitor({ every: 5 }),
    ...(onEpoch && { onEpoch }),
  });
  return { model, run };
}

interface Shown {
  /** Points by figure and line. */
  points: Record<string, Record<string, [number, number][]>>;
  findings: string[];
  last: { event: string; data: { error?: string } };
}

/** Everything that a page of a watched run has received at its end. */
const shown = (url: string): Promise<Shown> =>
  new Promise((resolve, reject) => {
    const found: Omit<Shown, 'last'> = { points: {}, findings: [] };
    let text = '';
    const request = http.get(new URL('events', url), { agent: false }, (response) =>
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        const parts = text.split('\n\n');
        text = parts.pop()!;
        for (const part of parts) {
          const [, event = '', json = '{}'] = /^event: (\w+)\ndata: (.*)$/.exec(part) ?? [];
          const data = JSON.parse(json, fromWords);
          for (const { name, marks } of data.figures ?? [])
            found.points[name] = Object.fromEntries(
              marks
                .filter((mark: { kind: string }) => mark.kind === 'line')
                .map((mark: { name: string; points: [] }) => [mark.name, mark.points]),
            );
          if (event === 'outcome') found.findings = data.findings;
          if (event === 'done' || event === 'failed') {
            request.destroy();
            resolve({ ...found, last: { event, data } });
          }
        }
      }),
    );
    request.on('error', reject);
  });

test('a watched run shows the numbers of its history', async () => {
  const { run } = begin();
  const { url, close } = await watch(run, { print: false });
  const [history, { points, findings, last }] = await Promise.all([run, shown(url)]);
  await close();
  expect(last.event).toBe('done');
  expect(points.loss!.training).toEqual(history.epochs.map(({ steps, loss }) => [steps, loss]));
  expect(points.loss!.validation).toEqual(history.epochs.map(({ steps, validation }) => [steps, validation!.loss]));
  expect(points['score-accuracy']!.validation).toEqual(
    history.epochs.map(({ steps, validation }) => [steps, validation!.accuracy]),
  );
  expect(points['gradient-norm']!['‖g‖']).toEqual(
    history.curvature!.map(({ step, squaredGradientNorm }) => [step, Math.sqrt(squaredGradientNorm)]),
  );
  expect(points['curvature-ratio']!.ratio).toEqual(history.curvature!.map(({ step, ratio }) => [step, ratio]));
  expect(points['learning-rate']!.η!.every(([, rate]) => rate === 0.1)).toBe(true);
  expect(findings[0]).toMatch(/^Epoch 12, step 84: [\d,]+ examples per second\.$/);
});

test('shows how far each array has moved', async () => {
  // Observations have a pause between them, so an hour passes in each epoch.
  const now = performance.now.bind(performance);
  let ahead = 0;
  const clock = jest.spyOn(performance, 'now').mockImplementation(() => now() + ahead);
  const parameters: Float32Array[] = [];
  const { model, run } = begin({
    epochs: 3,
    onEpoch: async () => {
      parameters.push(Float32Array.from(model.tensors.get('layers.0.weight')!.data));
      ahead += 3_600_000;
    },
  });
  const { url, close } = await watch(run, { print: false });
  const [, { points }] = await Promise.all([run, shown(url)]);
  await close();
  clock.mockRestore();
  const norm = (x: Float32Array) => Math.hypot(...x);
  const expected = [1, 2].map((i) => [
    7 * (i + 1),
    norm(parameters[i]!.map((x, k) => x - parameters[i - 1]![k]!)) / norm(parameters[i]!) / 7,
  ]);
  const found = points.updates!['layers.0.weight']!;
  expect(found.map(([step]) => step)).toEqual(expected.map(([step]) => step));
  for (const [i, [, share]] of found.entries()) expect(share).toBeCloseTo(expected[i]![1]!, 6);
});

test('watching does not change the bits of a run', async () => {
  const [alone, watched] = [begin(), begin()];
  const { url, close } = await watch(watched.run, { print: false });
  const [, , { last }] = await Promise.all([alone.run, watched.run, shown(url)]);
  await close();
  expect(last.event).toBe('done');
  expect(watched.model.parameters).toEqual(alone.model.parameters);
});

test('a page that opens late shows the run from its beginning', async () => {
  const { run } = begin();
  const history = await run;
  const { url, close } = await watch(run, { print: false });
  const { points, last } = await shown(url);
  await close();
  expect([points.loss!.training!.length, last.event]).toEqual([history.epochs.length, 'done']);
});

test('a page receives the reason why a run failed', async () => {
  const { run } = begin({ onEpoch: () => Promise.reject(new Error('no more of this')) });
  const { url, close } = await watch(run, { print: false });
  const [failure, { last }] = await Promise.all([run.then(String, (error) => (error as Error).message), shown(url)]);
  await close();
  expect([failure, last.event, last.data.error]).toEqual(['no more of this', 'failed', 'no more of this']);
});

test('refuses values other than runs, unknown options, and a port in use', async () => {
  const { run } = begin();
  await expect(watch({} as never)).rejects.toThrow('Expected what fit returns for run');
  await expect(watch(run, { prot: 1 } as never)).rejects.toThrow('Did you mean "port"?');
  const { url, close } = await watch(run, { print: false });
  await expect(watch(run, { port: Number(new URL(url).port), print: false })).rejects.toThrow('the port is in use');
  await close();
  await run;
});

test('the process ends by itself with its run although a page is open; its address is printed', async () => {
  const { code, stdout, stderr } = await runModule(`
    import http from 'node:http';
    import { Dataset, dense, network, sgd } from 'glissade';
    import { watch } from 'glissade/lab';
    const data = new Dataset({ inputs: Float32Array.from({ length: 4000 }, (_, i) => Math.sin(i * i)), columns: 4, targets: new Float32Array(1000) });
    const run = network({ inputs: 4, layers: [dense(1)] }).fit(data, { loss: 'squared', optimizer: sgd({ learningRate: 0.01 }), epochs: 300 });
    const { url } = await watch(run);
    await new Promise((resolve) => {
      const request = http.get(new URL('events', url), { agent: false }, (response) => {
        response.once('data', () => {
          response.socket.unref(); // as if it were another process
          console.log('watched');
          resolve();
        }).on('error', () => {});
      });
      request.on('error', () => {});
    });
    console.log((await run).status);`);
  expect([code, stdout]).toEqual([0, 'watched\ncompleted\n']);
  expect(stderr).toMatch(/^The run is at http:\/\/127\.0\.0\.1:\d+\/\n$/);
});

describeInBrowser('the page of a run', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser?.close());

  test('draws it, and keeps it after the program has ended', async () => {
    const { run } = begin();
    const { url, close } = await watch(run, { print: false });
    const { page, messages } = await openPage(browser, url);
    await run;
    await page.waitForFunction(() => document.querySelector('#state')!.textContent === 'The run has ended.');
    await close();
    const titles = await page.$$eval('figure h3', (all) => all.map((one) => one.textContent));
    expect(titles).toEqual(
      expect.arrayContaining(['Loss', 'accuracy', 'Learning rate', 'Gradient norm', 'Curvature along the gradient']),
    );
    expect(await page.$$eval('figure svg.plot', (all) => all.length)).toBe(titles.length);
    expect(messages).toEqual([`${url}events: net::ERR_ABORTED`]); // which the page closes at the end
  });
});
