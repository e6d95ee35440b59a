// Files of interrupted runs with correct checksums, but with contents that no run has written.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { addon } from '../../lib/addon';
import { dense } from '../../lib/layers/dense';
import { adam } from '../../lib/optimizers/adam';
import { ema } from '../../lib/optimizers/average';
import { cosine } from '../../lib/schedules/cosine';
import { curvatureMonitor } from '../../lib/training/curvature_monitor';
import { network } from '../../lib/training/network';
import type { RunOptions } from '../../lib/training/run_options';
import { Trainer } from '../../lib/training/trainer';
import { task } from '../support/examples';
import { reached } from '../support/progress';
import { expectRejection } from '../support/refusals';
import { rules } from '../support/rules';
import { closeChecked, type Header, open } from '../support/safetensors';

const { data } = task(40, 3, 3, 'crossEntropy', 'classes');
// Some milliseconds per step, so that the run is stopped in the middle of an epoch.
const many = data.select(Uint32Array.from({ length: 100_000 }, (_, i) => i % data.rows));
const run: RunOptions = {
  epochs: 4,
  batchSize: 8,
  validation: data,
  earlyStopping: { patience: 9 },
  monitor: curvatureMonitor({ every: 1, data: many }),
};
const make = () =>
  new Trainer(network({ inputs: 3, layers: [dense(4), dense(3)], seed: 1 }), {
    loss: 'crossEntropy',
    optimizer: adam({ learningRate: cosine({ from: 0.01 }) }),
    average: ema({ decay: 0.9 }),
    clip: { norm: 1 },
    seed: 2,
  });

/** The file of a run in the middle of its third epoch, after an epoch of another run. */
let file: Uint8Array;
beforeAll(async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-'));
  const trainer = make();
  await trainer.fit(data, { batchSize: 8 });
  const begun = trainer.fit(data, { ...run, checkpoint: { folder } });
  await reached(begun, 12);
  begun.stop();
  await begun;
  const [name] = fs.readdirSync(folder);
  file = new Uint8Array(fs.readFileSync(path.join(folder, name!)));
  fs.rmSync(folder, { recursive: true });
});

type Change = (file: { metadata: Record<string, string>; tensor(name: string): Float32Array | Float64Array }) => void;

/** A file with changes. */
function crafted(bytes: Uint8Array, change: Change): Uint8Array {
  const { header, body } = open(bytes);
  const changed = body.slice();
  const metadata = header.__metadata__ as Record<string, string>;
  const tensor = (name: string) => {
    const { dtype, data_offsets: offsets } = header[name] as { dtype: string; data_offsets: [number, number] };
    const numbers = changed.slice(...offsets).buffer;
    const view = dtype === 'F32' ? new Float32Array(numbers) : new Float64Array(numbers);
    views.push(() => changed.set(new Uint8Array(numbers), offsets[0]));
    return view;
  };
  const views: (() => void)[] = [];
  change({ metadata, tensor });
  for (const write of views) write();
  return closeChecked(header as Header, changed);
}

const positionAt = Object.fromEntries(addon.records.runPosition.split(', ').map((name, index) => [name, index]));
const wrongFor = (name: string): number[] => {
  if (name === 'loss') return [Number.NaN];
  if (name === 'bestValue') return [Number.NaN, Number.POSITIVE_INFINITY];
  const wrong = [Number.NaN, Number.POSITIVE_INFINITY, -1];
  const isSum = ['lossWeight', 'correct', 'weight', 'seconds', 'elapsedSeconds'].includes(name);
  return isSum ? wrong : [...wrong, 0.5, 2 ** 40, 2 ** 60];
};

/** Changes a part of the run in the metadata. */
const inRun =
  (change: (run: Record<string, never>) => void): Change =>
  ({ metadata }) => {
    const json = JSON.parse(metadata.run!);
    change(json);
    metadata.run = JSON.stringify(json);
  };
// biome-ignore lint/suspicious/noExplicitAny: what is in a file has no type
type Json = any;

const changes: [name: string, change: Change][] = [
  ...Object.entries(positionAt).flatMap(([name, index]) =>
    wrongFor(name).map((value): [string, Change] => [
      `a position whose ${name} is ${value}`,
      ({ tensor }) => {
        tensor('run')[index] = value;
      },
    ]),
  ),
  ...['steps', 'minibatches', 'skipped', 'waiting', 'overwrittenAt'].flatMap((name, index) =>
    [Number.NaN, Number.POSITIVE_INFINITY, -1, 0.5, 2 ** 60].map((value): [string, Change] => [
      `a trainer whose ${name} is ${value}`,
      ({ tensor }) => {
        tensor('trainer')[index] = value;
      },
    ]),
  ),
  ...['parameters', 'best', 'lastRecord'].flatMap((name) =>
    [Number.NaN, Number.NEGATIVE_INFINITY].map((value): [string, Change] => [
      `${name} that hold ${value}`,
      ({ tensor }) => {
        tensor(name)[2] = value;
      },
    ]),
  ),
  ...[-1, 1.5].map((value): [string, Change] => [
    `a last record whose weight of the average is ${value}`,
    ({ tensor }) => {
      tensor('lastRecord')[1] = value;
    },
  ]),
  ...['{', '[]', 'null', '{}', '7', '{"options":{}}'].map((text): [string, Change] => [
    `a run that is ${text}`,
    ({ metadata }) => {
      metadata.run = text;
    },
  ]),
  ...(
    [
      ['batchSize', [0, -1, 0.5, '8', null]],
      ['epochs', [0, -1, 2, 0.5, '4', null]],
      ['curvatureMonitor', [0, null, {}, { every: 0 }, { every: 'x' }]],
    ] as const
  ).flatMap(([name, values]) =>
    values.map((value): [string, Change] => [
      `a run whose ${name} is ${JSON.stringify(value)}`,
      inRun(({ options }: Json) => {
        options[name] = value;
      }),
    ]),
  ),
  ...['data', 'validation'].flatMap((name) =>
    [{}, [], 3, { rows: -1, columns: 3, contents: 1 }, { rows: 40, columns: 'x', contents: 1 }].map(
      (value): [string, Change] => [
        `a run whose ${name} is ${JSON.stringify(value)}`,
        inRun((run: Json) => {
          run[name] = value;
        }),
      ],
    ),
  ),
  [
    'fewer rows than were taken',
    inRun(({ data }: Json) => {
      data.rows = 1;
    }),
  ],
  ['a report too few', inRun(({ epochs }: Json) => epochs.pop())],
  ['a report too many', inRun(({ epochs }: Json) => epochs.push(epochs[0]))],
  ['reports in another order', inRun(({ epochs }: Json) => epochs.reverse())],
  ...[null, 3, {}, [], 'text'].flatMap((value): [string, Change][] => [
    [
      `a report that is ${JSON.stringify(value)}`,
      inRun(({ epochs }: Json) => {
        epochs[1] = value;
      }),
    ],
    [
      `a report of the curvature that is ${JSON.stringify(value)}`,
      inRun(({ curvature }: Json) => {
        curvature[0] = value;
      }),
    ],
  ]),
  ...[
    'epoch',
    'steps',
    'loss',
    'learningRate',
    'seconds',
    'examplesPerSecond',
    'validation',
    'accuracy',
    'skipped',
    'model',
  ].map((name): [string, Change] => [
    `a report whose ${name} is a word`,
    inRun(({ epochs }: Json) => {
      epochs[0][name] = 'word';
    }),
  ]),
  [
    'a report without its validation',
    inRun(({ epochs }: Json) => {
      delete epochs[0].validation;
    }),
  ],
  ...['epochs', 'span'].flatMap((name) =>
    ['-1', '0.5', 'x', '', '1e300', '{"first":-1}'].map((text): [string, Change] => [
      `${name} that are ${text}`,
      ({ metadata }) => {
        metadata[name] = text;
      },
    ]),
  ),
  [
    'other epochs before the run',
    ({ metadata }) => {
      metadata.epochs = '7';
    },
  ],
];

test.each(changes)('refuses the file: %s', async (_, change) => {
  await expectRejection(Trainer.resume(crafted(file, change)), 'ERR_CORRUPT_FILE');
});

describe('in the file of a trainer without an unfinished run', () => {
  let saved: Uint8Array;
  beforeAll(async () => {
    const trainer = make();
    await trainer.fit(data, { batchSize: 8, epochs: 3 });
    const place = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-')), 'trainer');
    await trainer.save(place);
    saved = new Uint8Array(fs.readFileSync(place));
    fs.rmSync(path.dirname(place), { recursive: true });
  });

  test.each(['-1', '0.5', 'x', 'NaN', '1e300', '{}', `${2 ** 53}`])('refuses %s as the number of epochs', (text) => {
    const change: Change = ({ metadata }) => {
      metadata.epochs = text;
    };
    return expect(Trainer.resume(crafted(saved, change))).rejects.toMatchObject({
      code: 'ERR_CORRUPT_FILE',
      message: expect.stringContaining('the number of its epochs is not a whole number'),
    });
  });

  test.each(['0', '7'])('accepts %s as the number of epochs, and counts on from it', async (text) => {
    const change: Change = ({ metadata }) => {
      metadata.epochs = text;
    };
    const trainer = await Trainer.resume(crafted(saved, change));
    const { epochs } = await trainer.fit(data, { batchSize: 8 });
    expect(epochs.map(({ epoch }) => epoch)).toEqual([Number(text) + 1]);
  });
});

test('reads the unchanged file and resumes', async () => {
  const resumed = await Trainer.resume(crafted(file, ({ tensor }) => tensor('run')));
  expect(resumed.interrupted).toMatchObject({ epoch: 3, epochs: 4 });
  expect((await resumed.fit(data, run)).epochs.map(({ epoch }) => epoch)).toEqual([2, 3, 4, 5]);
});

describe('the file of a rule', () => {
  test.each(rules)('of %s is read after the first steps', async (_, optimizer) => {
    const trainer = new Trainer(network({ inputs: 3, layers: [dense(4), dense(3)], seed: 1 }), {
      loss: 'crossEntropy',
      optimizer,
    });
    for (let i = 0; i < 3; ++i) trainer.step([1, 2, 3], [1]);
    expect((await Trainer.resume(trainer.toBytes())).steps).toBe(3);
  });
});
