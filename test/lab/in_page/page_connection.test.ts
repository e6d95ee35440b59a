/// <reference lib="dom" />
import zlib from 'node:zlib';
import { carriedData } from '../../../lib/lab/carried_data';
import { PageConnection } from '../../../lib/lab/client/page_connection';
import { iris } from '../../../lib/lab/data';
import { singleLayer } from '../../../lib/lab/experiments/single_layer';
import { bytesOfIris } from '../../../lib/lab/in_page/carry';
import type { Carried, PageOrder } from '../../../lib/lab/in_page/messages';
import { PageWorker } from '../../../lib/lab/in_page/page_worker';
import { reportOf } from '../../../lib/lab/run';

/** In place of a browser's Worker: a PageWorker in this thread. */
class InThread {
  static all: InThread[] = [];
  onmessage: (event: { data: unknown }) => void = () => {};
  onerror: (event: { message: string }) => void = () => {};
  isEnded = false;
  readonly #worker = new PageWorker((data) => {
    const copy = structuredClone(data);
    setImmediate(() => this.isEnded || this.onmessage({ data: copy }));
  });

  constructor() {
    InThread.all.push(this);
  }

  postMessage(order: PageOrder): void {
    const copy = order.kind === 'carry' ? order : structuredClone(order);
    setImmediate(() => this.isEnded || void this.#worker.take(copy));
  }

  terminate(): void {
    this.isEnded = true;
  }
}

// biome-ignore lint/suspicious/noExplicitAny: events of any run
type Event = { event: string; data: any };

/** A page with its connection, and the events that it received. */
function openPage({ startWorker = () => new InThread(), carried = {} as Carried } = {}) {
  const events: Event[] = [];
  let heard = () => {};
  const connection = new PageConnection(
    { startWorker: startWorker as never, carried, size: 'small' },
    (event, data) => {
      events.push({ event, data });
      heard();
    },
  );
  const next = async (event: string, run: number) => {
    for (;;) {
      const found = events.find((one) => one.event === event && one.data.run === run);
      if (found) return found.data;
      await new Promise<void>((resolve) => {
        heard = resolve;
      });
    }
  };
  return { connection, events, next };
}

afterEach(() => {
  for (const worker of InThread.all.splice(0)) worker.terminate();
  delete carriedData.iris;
});

test('a run has the outcome of runExperiment, on the data that the page carries', async () => {
  const { columns, classes, inputs } = await iris();
  const others = { columns, classes, inputs: inputs.map((one, i) => one + (i % 3)) };
  const { connection, events, next } = openPage({ carried: { iris: new Blob([zlib.gzipSync(bytesOfIris(others))]) } });
  expect(await connection.start('runs', { experiment: 'single-layer', settings: { steps: 40 } })).toEqual({});
  expect(await next('done', 1)).toMatchObject({ holds: expect.any(Boolean) });
  expect(events[0]).toEqual({
    event: 'started',
    data: expect.objectContaining({ experiment: 'single-layer', settings: expect.objectContaining({ steps: 40 }) }),
  });
  const outcome = events.findLast(({ event }) => event === 'outcome')!.data;
  const onOthers = await reportOf(singleLayer, { size: 'small', settings: { steps: 40 } });
  delete carriedData.iris;
  const onPackaged = await reportOf(singleLayer, { size: 'small', settings: { steps: 40 } });
  expect([outcome.findings, outcome.checks]).toEqual([onOthers.findings, onOthers.checks]);
  expect(outcome.checks).not.toEqual(onPackaged.checks);
});

test('requests are refused with the messages of the server', async () => {
  const { connection } = openPage();
  for (const [kind, options, words] of [
    ['runs', { experiment: 'single-leyer' }, 'Did you mean "single-layer"?'],
    [
      'runs',
      { experiment: 'single-layer', settings: { steps: 0 } },
      'from 2 to 10000 for single-layer.steps but received 0',
    ],
    ['runs', { experiment: 'single-layer', sise: 'small' }, 'unknown option "sise"'],
    ['races', { data: { target: 'y' } }, 'this page has not sent a table yet'],
    ['races', { entrants: [] }, 'entrants'],
  ] as const)
    expect((await connection.start(kind, options)).message).toContain(words);
});

test('a race is on the table that the page was given, until it is given another', async () => {
  const { connection, events, next } = openPage();
  const rows = Array.from({ length: 60 }, (_, i) => `${i % 7},${(i % 7) * 2}`).join('\n');
  expect(await connection.sendTable(`x,y\n${rows}`)).toEqual({ columns: ['x', 'y'] });
  expect(await connection.start('races', { data: { target: 'y' }, settings: { passes: 1 } })).toEqual({});
  await next('done', 1);
  const { findings } = events.findLast(({ event }) => event === 'outcome')!.data;
  expect(findings[0]).toContain('48 rows of a table, "y" from 1 column');
  expect((await connection.sendTable('x,y\n1,2,3')).message).toMatch(/line 2/);
  expect((await connection.start('races', { data: { target: 'y' } })).message).toContain('not sent a table yet');
});

test('a run stops on request, and where another of its experiment starts', async () => {
  const { connection, events, next } = openPage();
  const long = { experiment: 'saxe', size: 'full' };
  await connection.start('runs', long);
  await next('progress', 1);
  await connection.start('runs', long);
  await next('stopped', 1);
  const outcomes = () => events.filter(({ event, data }) => event === 'outcome' && data.run === 2);
  while (outcomes().length < 3) await new Promise((resolve) => setTimeout(resolve, 20)); // each after the page has the previous one
  connection.stop(2);
  await next('stopped', 2);
  await connection.start('runs', { experiment: 'cliff' });
  await next('done', 3);
  expect(events.filter(({ data }) => data.run === 2).at(-1)!.event).toBe('stopped');
});

test('a worker that does not stop is terminated, and another takes its place', async () => {
  const workers: InThread[] = [];
  const deafToRuns = () => {
    const worker = new InThread();
    if (workers.push(worker) === 2) worker.postMessage = () => {}; // the first is the desk
    return worker;
  };
  const { connection, next } = openPage({ startWorker: deafToRuns });
  await connection.start('runs', { experiment: 'cliff' });
  await next('started', 1);
  await connection.start('runs', { experiment: 'cliff' });
  await next('done', 2);
  expect(workers[1]!.isEnded).toBe(true);
});

test('an error of a worker ends its run, and a refusal says why requests can’t be checked', async () => {
  const workers: InThread[] = [];
  const broken = () => {
    const worker = new InThread();
    if (workers.push(worker) === 2)
      worker.postMessage = ({ kind }) => {
        if (kind === 'run') setImmediate(() => worker.onerror({ message: 'no memory' }));
      };
    return worker;
  };
  const { connection, next } = openPage({ startWorker: broken });
  await connection.start('runs', { experiment: 'cliff' });
  expect(await next('failed', 1)).toMatchObject({ error: 'no memory' });
  workers[0]!.postMessage = () => setImmediate(() => workers[0]!.onerror({ message: 'no desk' }));
  expect(await connection.start('runs', { experiment: 'cliff' })).toEqual({ message: 'no desk' });
});
