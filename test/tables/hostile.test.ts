import fs from 'node:fs';
import path from 'node:path';
import { dense, network } from 'glissade';
import * as tables from 'glissade/tables';
import { folders } from '../support/folders';
import { type Anything, describeHostile, of, type Subject } from '../support/hostile_calls';
import { csvOf, modelFor, people } from '../support/people';

const { columns, crossValidate, evaluate, kindsOf, pipeline, search, serveModel, table, train } = tables;

const newFolder = folders();
const rows = Array.from({ length: 24 }, (_, i) => ({
  x: i % 5 === 4 ? null : Math.sin(i),
  city: ['Bern', 'Chur', null][i % 3],
  note: `word ${i}, another word`,
  when: new Date(Date.UTC(2020, i % 12, 1 + i)),
  y: i / 2,
  plan: i % 2 === 0 ? 'basic' : 'gold',
}));
let data: tables.Table;
let model: tables.TableModel;
let fitted: tables.FittedPipeline;
let file: string;
let forecaster: tables.ForecastModel;
let reader: tables.TableModel; // of texts
let peopleTable: tables.Table;

beforeAll(async () => {
  data = await table(rows);
  model = await modelFor('plan', 60);
  peopleTable = await table(people(20));
  fitted = await pipeline({ x: columns.number(), city: columns.category() }).fit(data, { target: 'y' });
  const texts = await pipeline({ note: columns.text({ columns: 2 ** 10 }) }).fit(data, { target: 'plan' });
  const reads = network({ inputs: texts.inputs, layers: [dense(3), dense(1)] });
  reader = new tables.TableModel(reads, texts);
  const months = rows.map(({ y }, i) => ({ when: new Date(Date.UTC(2020, i, 1)), y }));
  const spec = { time: 'when', target: 'y', horizon: 2, folds: 2, methods: ['exponentialSmoothing'] as const };
  forecaster = (await tables.forecast(await table(months), spec)).model;
  file = path.join(newFolder(), 'rows.csv');
  fs.writeFileSync(file, csvOf(rows.map(({ note: _, when: __, ...row }) => row)));
});

/** A call with arguments that exist when the tests run. */
const withArgs =
  (call: Subject['call'], args: () => unknown[]): (() => Subject) =>
  () => ({ args, call });

/** A call of a method of an object that exists when the tests run. */
const method = (of: () => Anything, name: string, ...args: unknown[]): (() => Subject) =>
  withArgs(
    (...given) => of()[name](...given),
    () => args,
  );

const training = {
  target: 'y',
  task: 'regression',
  hidden: [2],
  rule: 'adamw',
  learningRate: 0.1,
  weightDecay: 0.1,
  batchSize: 8,
  epochs: 1,
  maxSeconds: 0.01,
  seed: 1,
};
const person = { age: 41, city: 'Bern', income: 5000 };

/** The items of a stream, up to a limit. */
async function first(stream: AsyncIterable<unknown>): Promise<void> {
  let seen = 0;
  for await (const _ of stream) if (++seen === 3) return;
}

/** Every function of the package that takes arguments, except those that write files: a name would be a place. */
const subjects: Record<string, () => Subject> = {
  'table(rows)': of(
    table as Subject['call'],
    [
      { a: 1, b: 'x' },
      { a: null, b: 'y' },
    ],
    {
      engine: 'small',
      kinds: { a: 'number', b: 'category' },
      onRows: () => {},
    },
  ),
  'table(file)': withArgs(table as Subject['call'], () => [
    file,
    { engine: 'small', delimiter: ',', types: { x: 'number', plan: 'word' }, kinds: { city: 'text' } },
  ]),
  'openSource(…)': withArgs(tables.openSource as Subject['call'], () => [file, { engine: 'duckdb', delimiter: ',' }]),
  'kindsOf(…)': withArgs(kindsOf as Subject['call'], () => [data]),
  'Table.select(…)': method(() => data, 'select', [0, 3]),
  'Table.row(…)': method(() => data, 'row', 3),
  'Table.values(…)': method(() => data, 'values', 'x'),
  'Table.typeOf(…)': method(() => data, 'typeOf', 'x'),
  'Table.without(…)': method(() => data, 'without', ['x', 'y']),
  'Table.describe()': method(() => data, 'describe', 'nothing'),
  'Table.split(at random)': method(() => data, 'split', { validation: 0.5, seed: 1, stratified: 'plan' }),
  'Table.split(by group)': method(() => data, 'split', { validation: 0.5, seed: 1, by: 'city' }),
  'Table.split(by time)': method(() => data, 'split', { time: 'when', after: 0.5 }),
  'columns.number(…)': of(columns.number as Subject['call'], {
    scale: 'standard',
    bins: 3,
    log: true,
    clip: [0, 1],
    missing: 'mean',
    flag: true,
    invalid: 'error',
    binsBy: 'splits',
  }),
  'columns.number(clip: quantiles)': of(columns.number as Subject['call'], { clip: { quantiles: [0.1, 0.9] } }),
  'columns.category(…)': of(columns.category as Subject['call'], {
    encode: 'hash',
    rare: 2,
    unseen: 'error',
    columns: 8,
  }),
  'columns.text(…)': of(columns.text as Subject['call'], {
    columns: 8,
    ngrams: 1,
    inverseFrequency: false,
    kept: 4,
    length: 2,
    subwords: { from: 2, to: 3 },
  }),
  'columns.date(…)': of(columns.date as Subject['call'], { parts: ['month', 'time'], bins: 3, invalid: 'missing' }),
  'columns.interval(…)': of(columns.interval as Subject['call'], 'day', { every: 'hour', rare: 2, invalid: 'missing' }),
  'columns.cross(…)': of(columns.cross as Subject['call'], ['city', 'plan'], { columns: 8 }),
  'pipeline(…)': of(pipeline as Subject['call'], {
    x: { kind: 'number', clip: [0, 1] },
    city: { kind: 'category' },
    both: { kind: 'cross', of: ['city', 'plan'] },
  }),
  'pipeline.fit(…)': withArgs(
    (...given) => (pipeline({ x: columns.number() }) as Anything).fit(...given),
    () => [data, { target: 'plan', task: 'classification', classes: ['basic', 'gold'] }],
  ),
  'FittedPipeline.encode(…)': method(() => fitted, 'encode', [{ x: 1, city: 'Bern' }, { x: null }]),
  'FittedPipeline.dataset(…)': withArgs(
    (given) => fitted.dataset(given),
    () => [data],
  ),
  'train(…)': withArgs(train as Subject['call'], () => [
    data,
    { ...training, validation: 0.5, pipeline: pipeline({ x: columns.number() }), onProgress: () => {} },
  ]),
  'forecast(…)': withArgs(
    async (...args) => {
      await (tables.forecast as Subject['call'])(...args);
    },
    () => [
      data,
      {
        time: 'when',
        target: 'y',
        horizon: 2,
        lags: [0, 1],
        season: 1,
        interval: 0.9,
        folds: 2,
        methods: ['exponentialSmoothing'],
        seed: 1,
        onProgress: () => {},
      },
    ],
  ),
  'ForecastModel.forecast(…)': method(() => forecaster, 'forecast', [{ when: new Date(Date.UTC(2022, 0, 1)), y: 1 }]),
  'loadForecastModel(…)': of(tables.loadForecastModel as Subject['call'], '/dev/null/model'),
  'serveForecast(…)': withArgs(
    async (...args) => ((await (tables.serveForecast as Subject['call'])(...args)) as tables.ForecastServer).close(),
    () => [forecaster, { port: 0, host: 'localhost' }],
  ),
  'crossValidate(…)': withArgs(crossValidate as Subject['call'], () => [
    data,
    { ...training, folds: 3, by: 'when', signal: new AbortController().signal },
  ]),
  'search(…)': withArgs(search as Subject['call'], () => [
    data,
    {
      ...training,
      space: { rule: ['adamw', 'lion'], learningRate: [0.01, 0.1], hidden: [[2], [3]] },
      trials: 2,
      strategy: 'halving',
      budget: 0.05,
      validation: 0.5,
      onTrial: () => {},
      onProgress: () => {},
    },
  ]),
  'new TableModel(…)': withArgs(
    (...args) => new tables.TableModel(...(args as [never, never])),
    () => [model.network, model.pipeline, { report: { rows: 1 } }],
  ),
  'TableModel.predict(row)': method(() => model, 'predict', person),
  'TableModel.predict(rows)': method(() => model, 'predict', [person, { age: null }]),
  'TableModel.predictProbabilities(…)': method(() => model, 'predictProbabilities', [person]),
  'TableModel.predictChunks(…)': withArgs(
    (...given) => first((model as Anything).predictChunks(...given)),
    () => [peopleTable, { keep: ['age'] }],
  ),
  'TableModel.predictChunks(flags)': withArgs(
    (...given) => first((model as Anything).predictChunks(...given)),
    () => [peopleTable, { flags: true }],
  ),
  'TableModel.flags(row)': method(() => model, 'flags', person),
  'TableModel.flags(rows)': method(() => model, 'flags', [person, { age: null, more: 1 }]),
  'distributionsOf(…)': withArgs(tables.distributionsOf as Subject['call'], () => [
    fitted,
    data,
    Float64Array.of(1, 2),
  ]),
  'flagText(…)': of(tables.flagText as Subject['call'], {
    column: 'age',
    reason: 'beyond range',
    value: 900,
    low: 0,
    high: 107,
  }),
  'new TableModel(distributions)': withArgs(
    (...args) => new tables.TableModel(...(args as [never, never])),
    () => [model.network, model.pipeline, { distributions: structuredClone(model.distributions) }],
  ),
  'TableModel.toBytes(…)': method(() => model, 'toBytes', { quantize: 'int8' }),
  'TableModel.save(options)': withArgs(
    (options) => (model as Anything).save('/dev/null/model', options),
    () => [{ quantize: 'int8' }],
  ),
  'TableModel.nearestWords(…)': method(() => reader, 'nearestWords', 'word', { count: 2, column: 'note' }),
  'evaluate(…)': withArgs(evaluate as Subject['call'], () => [model, peopleTable, () => {}]),
  'loadTableModel(…)': withArgs(tables.loadTableModel as Subject['call'], () => [model.toBytes()]),
  'serveModel(…)': withArgs(
    async (...args) => ((await (serveModel as Subject['call'])(...args)) as tables.ModelServer).close(),
    () => [
      model,
      {
        port: 0,
        learn: true,
        learningRate: 0.1,
        out: '/dev/null/model',
        saveSeconds: 1,
        queue: 1,
        bodyBytes: 9,
        requestRows: 9,
        learnRows: 9,
        inFlightBytes: 9999,
        connections: 9,
        clientShare: 0.5,
        idempotencyKeys: 9,
        timeoutSeconds: 1,
        graceSeconds: 1,
        lenient: true,
      },
    ],
  ),
  'serveModel(host)': withArgs(
    async (...args) => ((await (serveModel as Subject['call'])(...args)) as tables.ModelServer).close(),
    () => [model, { host: 'localhost', port: 0 }],
  ),
  'serveModel(shadow)': withArgs(
    async (...args) => ((await (serveModel as Subject['call'])(...args)) as tables.ModelServer).close(),
    () => [model, { port: 0, strict: true, monitoring: true, reloadFrom: file, shadow: model }],
  ),
  'ModelServer.reload(…)': withArgs(
    async (...args) => {
      await using server = await serveModel(model, { port: 0 });
      await (server as Anything).reload(...args);
    },
    () => [model],
  ),
  'readLibsvm(…)': of(tables.readLibsvm as Subject['call'], new TextEncoder().encode('1 1:2'), {
    columns: 2,
    zeroBased: 'auto',
  }),
  'readIDX(…)': of(tables.readIDX as Subject['call'], Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 1, 7)),
  'readVectors(…)': of(tables.readVectors as Subject['call'], 'no such file.vec', { words: ['a', 'b'], first: 2 }),
  'readNpy(…)': of(tables.readNpy as Subject['call'], new Uint8Array(9)),
};

describeHostile(subjects);

test('the list covers all functions of the package', () => {
  const named = Object.keys(subjects).join(' ');
  const others = ['missingCode', 'WordVectors'];
  expect(Object.keys(tables).filter((name) => !named.includes(name) && !others.includes(name))).toEqual([]);
});
