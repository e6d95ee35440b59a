import { nodeWith } from '../peers/node_package.mjs';

// The load comes from autocannon, in a separate process on the same cores.
const [autocannon, fastify] = [nodeWith('autocannon'), nodeWith('fastify')];
export const peers = {
  ...(autocannon && { autocannon: autocannon.version }),
  ...(fastify && { fastify: fastify.version }),
};

const milliseconds = { unit: 'ms', decimals: 2 };
const thousands = { unit: 'k/s', better: 'more', hasRatio: false, decimals: 0 };
const latencies = [
  { key: 'median', title: 'median', ...milliseconds, hasRatio: false },
  { key: 'p99', title: 'p99', ...milliseconds },
  { key: 'p999', title: 'p99.9', ...milliseconds, hasRatio: false },
  { key: 'perSecond', title: 'answers', unit: '/s', better: 'more' },
  { key: 'delay99', title: 'loop delay, p99', ...milliseconds, hasRatio: false },
  { key: 'delay999', title: 'p99.9', ...milliseconds, hasRatio: false },
  { key: 'trainingAlone', title: 'trained without load', ...thousands },
  { key: 'training', title: 'with load', ...thousands },
];

/** Models that train beside a server of Node or of Fastify. */
const contestant = (kind, models, priority, { quota = 0, rate }) => ({
  name: models === 0 ? `${kind}, no training` : `${kind}, ${models} training, ${priority}`,
  program: 'responsive/requests.mjs',
  args: [kind, models, quota, rate],
  env: {
    GLISSADE_PRIORITY: priority,
    ...(quota > 0 && { GLISSADE_THREADS: undefined, OMP_NUM_THREADS: undefined }), // as many as the quota
  },
  ...(!autocannon && { missing: 'autocannon is not installed (npm install --prefix bench)' }),
  ...(kind === 'fastify' && !fastify && { missing: 'not installed (npm install --prefix bench)' }),
});

const ways = [
  [0, 'background'],
  [1, 'background'],
  [3, 'background'],
  [1, 'idle'],
  [3, 'idle'],
  [1, 'normal'],
  [3, 'normal'],
];
const note =
  'Loop delay: of monitorEventLoopDelay with a timer of 1 ms, which is included. Trained: thousands of examples per second, all models together, 784-128-10 at batch 128.';

const rows10 = (kind, rate) => ({
  title: `GET / of ${kind === 'http' ? 'node:http' : kind}, 10 connections, ${rate > 0 ? `${rate} requests a second` : 'without pause'}`,
  measures: latencies,
  trials: 3,
  note,
  contestants: ways.map(([models, priority]) => contestant(kind, models, priority, { rate })),
});

const within = (quota) => ({
  title: `GET / of node:http within a quota of ${quota} processors (control groups), 200 requests a second`,
  measures: [...latencies, { key: 'threads', title: 'threads', unit: '', hasRatio: false, decimals: 0 }],
  trials: 3,
  note,
  contestants: ways
    .filter(([models]) => models < 3)
    .map(([models, priority]) => contestant('http', models, priority, { quota, rate: 200 })),
});

export const rows = [
  ...['http', 'fastify'].flatMap((kind) => [1_000, 0].map((rate) => rows10(kind, rate))),
  ...[0.5, 1, 1.5].map(within),
];
