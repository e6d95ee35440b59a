import { runtime } from 'glissade';
import { threadsOf } from '../wording.mjs';
import { clicks } from './clicks.mjs';
import { save } from './files.mjs';
import { denseExamples, sparseExamples } from './logistic_examples.mjs';
import { loss, rate } from './measures.mjs';

const { threads } = runtime();
const alone = { GLISSADE_THREADS: '1' };

/** Calls `make` only once, and returns its result at every call. */
const once = (make) => {
  let made;
  return () => {
    made ??= make();
    return made;
  };
};

const kinds = {
  dense: {
    rows: 40_000,
    columns: 784,
    epochs: 20,
    learningRate: 0.002,
    words: '784 columns',
    examples: (rows, columns) => denseExamples(rows, columns),
  },
  sparse: {
    rows: 500_000,
    columns: 2 ** 18,
    epochs: 4,
    learningRate: 0.03,
    words: '50 of 2^18 columns',
    examples: (rows, columns) => sparseExamples(rows, columns, 50),
  },
};

const prepared = Object.fromEntries(
  Object.entries(kinds).map(([kind, { rows, columns, examples }]) => [
    kind,
    once(() => [save(kind, examples(rows, columns))]),
  ]),
);

function logisticRow(kind, order, { isHogwild = false } = {}) {
  const { rows, columns, epochs, learningRate, words } = kinds[kind];
  const work = [columns, kind, learningRate, epochs, order];
  const team = isHogwild ? `hogwild, ${threadsOf(threads)}` : '1 thread';
  return {
    title: `logistic regression, sgd, one example at a time, ${words}, ${order === 'order' ? 'in order' : order}, ${team}`,
    measures: [rate, loss],
    note: `Loading is not part of it, ${rows.toLocaleString('en')} examples ${epochs} times are. The log loss is that of all examples in the end.`,
    trials: 5,
    prepare: prepared[kind],
    contestants: [
      {
        name: `glissade, ${team}`,
        program: 'online/glissade_logistic.mjs',
        args: isHogwild ? [...work, 'hogwild'] : work,
        env: isHogwild ? {} : alone,
      },
      ...['float32', 'float64'].map((number) => ({
        peer: 'scikit-learn',
        name: `SGDClassifier, ${number}`,
        program: 'online/scikit_sgd.py',
        args: [rows, ...work, number],
      })),
    ],
  };
}

const stream = { rows: 5_000_000, columns: 2 ** 24 };
const rule = { learningRate: 0.05, beta: 1, l1: 1, l2: 0 };

const prepareClicks = once(() => {
  const { examples, entropy, touched } = clicks(stream.rows, stream.columns);
  return [save('clicks', examples), entropy, touched];
});

function clickRow() {
  const args = [stream.columns, ...Object.values(rule)];
  const program = 'online/glissade_ftrl.mjs';
  return {
    title: `clicks, ftrl, one pass over ${stream.rows / 1e6} M examples, 26 of 2^24 hashed columns`,
    measures: [
      rate,
      loss,
      { key: 'excess', title: 'above entropy', unit: '%', hasRatio: false },
      { key: 'memory', title: "memory / touched columns'", unit: '×', hasRatio: false },
    ],
    note: 'The log loss is that of each example before its step, the entropy that of the model which clicked; no mean can be lower for long.',
    trials: 3,
    prepare: prepareClicks,
    contestants: [
      { name: 'glissade, 1 thread', program, args, env: alone },
      ...(threads > 1
        ? [{ name: `glissade, hogwild, ${threadsOf(threads)}`, program, args: [...args, 'hogwild'] }]
        : []),
      { peer: 'plain', name: 'a plain loop in C++, 1 thread', program: 'online/ftrl.cpp', args },
    ],
  };
}

export const rows = [
  ...['order', 'shuffled'].flatMap((order) => [
    logisticRow('dense', order),
    logisticRow('sparse', order),
    ...(threads > 1 ? [logisticRow('sparse', order, { isHogwild: true })] : []),
  ]),
  clickRow(),
];
