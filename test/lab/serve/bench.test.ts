import { setTimeout } from 'node:timers/promises';
import { singleLayer } from '../../../lib/lab/experiments/single_layer';
import { type ExperimentReport, reportOf } from '../../../lib/lab/run';
import { withWords } from '../../../lib/lab/words';
import { LiveLab, type Visit } from '../../support/live_lab';

let lab: LiveLab;
beforeAll(async () => {
  lab = await LiveLab.open();
});
afterAll(async () => {
  lab.kill('SIGTERM');
  await lab.ended;
});

const visits: Visit[] = [];
const visit = async () => {
  visits.push(await lab.visit());
  return visits.at(-1)!;
};
afterEach(() => {
  for (const one of visits.splice(0)) one.close();
});

/** A run of some seconds that reports often. */
const long = ['saxe', { size: 'full' }] as const;

/** A page's view of a run after all of its events. */
function assembled(page: Visit, run: number) {
  const figures = new Map<string, { name: string }>();
  let last: Record<string, unknown> = {};
  for (const { event, data } of page.of(run)) {
    if (event !== 'outcome') continue;
    for (const figure of data.figures as { name: string }[]) figures.set(figure.name, figure);
    last = data;
  }
  const { checks, findings } = last;
  return { checks, findings, figures: (last.names as string[]).map((name) => figures.get(name)) };
}

/** Waits until a condition holds. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await setTimeout(20);
}

/** Waits until the server is idle. */
async function expectIdle(): Promise<void> {
  for (;;) {
    const before = lab.busy;
    await setTimeout(300);
    if (lab.busy - before <= 20) return;
  }
}

describe('a run', () => {
  test('sends a page the same outcome as runExperiment', async () => {
    const page = await visit();
    const run = await page.start('single-layer', { settings: { steps: 40 } });
    await page.next(run, 'done');
    const expected: ExperimentReport = await reportOf(singleLayer, { size: 'small', settings: { steps: 40 } });
    const { checks, findings, figures } = JSON.parse(JSON.stringify(expected, withWords));
    expect(assembled(page, run)).toEqual({ checks, findings, figures });
    const events = page.of(run);
    expect(events[0]).toMatchObject({
      event: 'started',
      data: { experiment: 'single-layer', settings: { steps: 40, learningRate: 0.05, seed: 1 } },
    });
    expect(events.at(-1)).toMatchObject({ event: 'done', data: { holds: true } });
  });

  test('reports outcomes while it runs', async () => {
    const page = await visit();
    const run = await page.start('rates');
    await page.next(run, 'done');
    const outcomes = page.of(run).filter(({ event }) => event === 'outcome');
    expect(outcomes.length).toBeGreaterThan(1);
    const sent = outcomes.flatMap(({ data }) => (data.figures as { name: string }[]).map(({ name }) => name));
    const { names } = outcomes.at(-1)!.data as { names: string[] };
    expect(new Set(sent)).toEqual(new Set(names));
    const first = outcomes[0]!.data.names as string[];
    expect(first.length).toBeLessThan(names.length);
  });

  test('has a check that fails with some settings, and a counter-model', async () => {
    const page = await visit();
    const run = await page.start('rates', { settings: { stepFactor: 2.1 } });
    expect((await page.next(run, 'done')).data.holds).toBe(false);
    const wrong = await page.start('rates', { counterModel: 'η = 2.1/L' });
    expect((await page.next(wrong, 'done')).data.holds).toBe(false);
    const unknown = await page.start('rates', { counterModel: 'η = 2/L' });
    expect((await page.next(unknown, 'failed')).data).toMatchObject({
      error: expect.stringContaining('Did you mean'),
      code: 'ERR_INVALID_ARGUMENT',
    });
  });

  test('ends when its page stops it', async () => {
    const page = await visit();
    const run = await page.start(...long);
    await page.next(run, 'progress');
    expect(await page.stop(run)).toEqual({ status: 200, value: {} });
    await page.next(run, 'stopped');
    await expectIdle();
    expect(page.of(run).at(-1)!.event).toBe('stopped');
  });

  test('is not stopped by another page', async () => {
    const [page, other] = [await visit(), await visit()];
    const run = await page.start('rates');
    expect(await other.stop(run)).toEqual({
      status: 404,
      value: { code: 'ERR_NOT_FOUND', message: `this page has no run ${run}` },
    });
    await page.next(run, 'done');
    expect(other.events.map(({ event }) => event)).toEqual([]);
  });
});

describe('runs without an audience end', () => {
  test('when the browser is closed', async () => {
    const page = await visit();
    const run = await page.start(...long);
    await page.next(run, 'progress');
    page.close();
    await expectIdle();
  });

  test('when one of two browsers is closed, while the run of the other continues', async () => {
    const [first, second] = [await visit(), await visit()];
    const runs = [await first.start(...long), await second.start(...long)] as const;
    await Promise.all([first.next(runs[0], 'progress'), second.next(runs[1], 'progress')]);
    first.close();
    const before = second.of(runs[1]).length;
    await until(() => second.of(runs[1]).length > before + 5);
    await second.stop(runs[1]);
    await expectIdle();
  });

  test('when a slider is moved ten times a second: only the newest remains', async () => {
    const page = await visit();
    const runs: number[] = [];
    for (let i = 0; i < 20; ++i) {
      runs.push(await page.start('saxe', { size: 'full', settings: { seed: i } }));
      await setTimeout(100);
    }
    const newest = runs.pop()!;
    await page.next(newest, 'progress');
    for (const run of runs) expect(page.of(run).at(-1)!.event).toBe('stopped');
    const later = page.events.slice(page.events.indexOf(page.of(newest)[0]!));
    expect(later.filter(({ data }) => data.run !== newest)).toEqual([]);
    await page.stop(newest);
    await expectIdle();
  });

  test('when more are started than can run at once', async () => {
    const page = await visit();
    const names = ['risk', 'tradeoff', 'acceleration', 'flow', 'saddles', 'saxe', 'sgd', 'sgd-rates', 'adaptive'];
    const runs = await Promise.all(names.map((name) => page.start(name, { size: 'full' })));
    expect(lab.threads).toBeLessThan(40);
    page.close();
    await expectIdle();
    const again = await visit();
    const run = await again.start('single-layer');
    await again.next(run, 'done');
    expect(runs).toHaveLength(9);
  });

  test('without events do not start', async () => {
    const { status, value } = await lab.post('/runs', { page: 'a-page-of-nobody-else', experiment: 'rates' });
    expect([status, value.message]).toEqual([
      409,
      'no events are open: a page must open its events before it starts runs',
    ]);
  });
});

describe('wrong settings get the error message of the command line', () => {
  test.each([
    [{ experiment: 'singel-layer' }, 'unknown experiment "singel-layer". Did you mean "single-layer"?'],
    [{}, 'for experiment but received undefined'],
    [
      { experiment: 'single-layer', settings: { steps: 0 } },
      'Expected a whole number from 2 to 10000 for single-layer.steps but received 0',
    ],
    [{ experiment: 'single-layer', settings: { steps: '9' } }, 'for single-layer.steps but received "9"'],
    [{ experiment: 'single-layer', settings: { stps: 3 } }, 'Did you mean "steps"?'],
    [{ experiment: 'single-layer', settings: [] }, 'Expected a plain object'],
    [{ experiment: 'single-layer', size: 'tiny' }, 'unknown size "tiny"'],
    [{ experiment: 'single-layer', counterModel: 5 }, 'Expected a text for counterModel but received 5'],
    [{ experiment: 'single-layer', counterModel: {} }, 'Expected a text for counterModel but received an Object'],
    [{ experiment: 'single-layer', onProgress: 1 }, 'unknown option "onProgress"'],
  ])('%j', async (task, message) => {
    const id = 'f'.repeat(16);
    const page = await lab.visit(id);
    visits.push(page);
    const { status, value } = await lab.post('/runs', { page: id, ...task });
    expect([status, value.message]).toEqual([400, expect.stringContaining(message)]);
    expect(value.code).toMatch(/^ERR_/);
    expect(page.events).toEqual([]);
  });
});

describe('a page', () => {
  test('has one stream of events', async () => {
    const id = 'e'.repeat(16);
    visits.push(await lab.visit(id));
    expect((await lab.request('GET', `/events?page=${id}`)).status).toBe(409);
    expect((await lab.request('GET', '/events?page=short')).status).toBe(400);
    expect((await lab.request('GET', '/events')).status).toBe(400);
  });

  test('is one of at most 32', async () => {
    for (let i = 0; i < 32; ++i) await visit();
    const { status, text } = await lab.request('GET', `/events?page=${'d'.repeat(16)}`);
    expect([status, JSON.parse(text).message]).toEqual([503, '32 pages are open. Close some']);
    visits.pop()!.close();
    for (let code = 503; code !== 200; ) {
      const again = await lab.visit();
      code = again.isClosed ? 503 : 200;
      again.close();
    }
  });
});

describe.each(['SIGINT', 'SIGTERM'] as const)('%s', (signal) => {
  test.each([0, 1, 8])('ends a server with %i runs, by itself', async (count) => {
    const server = await LiveLab.open();
    const page = await server.visit();
    const names = ['saxe', 'sgd', 'flow', 'saddles', 'risk', 'tradeoff', 'zoo', 'adaptive'].slice(0, count);
    const runs: number[] = [];
    for (const name of names) runs.push(await page.start(name, { size: 'full' }));
    if (runs.length > 0) await page.next(runs[0]!, 'progress');
    server.kill(signal);
    expect(await server.ended).toBe(0);
    await until(() => page.isClosed);
    expect(page.events.filter(({ event }) => event === 'done')).toEqual([]); // none has ended
  });
});

test('a port in use is reported', async () => {
  const port = new URL(lab.url).port;
  const { code, stdout, stderr } = await (await import('../../support/child')).runNode([
    'dist/cjs/cli/main.js',
    'lab',
    '--serve',
    '--port',
    port,
  ]);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toContain(`can't listen at 127.0.0.1:${port}: the port is in use. Choose another one, or 0`);
});
