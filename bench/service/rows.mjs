import { nodeWith } from '../peers/node_package.mjs';

// The load comes from autocannon, in a separate process on the same cores.
const autocannon = nodeWith('autocannon');
export const peers = autocannon && { autocannon: autocannon.version };

const latencies = [
  { key: 'median', title: 'median', unit: 'ms', decimals: 2 },
  { key: 'p99', title: '99th percentile', unit: 'ms', decimals: 2 },
  { key: 'perSecond', title: 'answers', unit: '/s', better: 'more' },
];

/** The run of the example in the background, and at normal priority; or no run. */
const ways = [
  { name: 'beside a run', epochs: 1_000_000, priority: 'background' },
  { name: 'beside a run, normal', epochs: 1_000_000, priority: 'normal' },
  { name: 'without a run', epochs: 0, priority: 'background' },
];

const requests = (/** @type {string[]} */ routes, of = routes[0]) => ({
  title: `POST ${of}, 10 connections${routes.length > 1 ? `, beside as many that POST ${routes[1]}` : ''}`,
  measures: [...latencies, { key: 'refused', title: 'refused or failed', unit: 'of all', hasRatio: false }],
  trials: 3,
  contestants: ways.map(({ name, epochs, priority }) => ({
    name,
    program: 'service/requests.mjs',
    args: [epochs, ...routes],
    env: { GLISSADE_PRIORITY: priority },
    ...(!autocannon && { missing: 'not installed (npm install --prefix bench)' }),
  })),
});

const replies = (/** @type {{ callers: number, pause: number, title: string }} */ { callers, pause, title }) => ({
  title: `trainer.stepAsync, ${title}`,
  measures: latencies,
  trials: 3,
  contestants: ways.map(({ name, epochs, priority }) => ({
    name,
    program: 'service/replies.mjs',
    args: [epochs, callers, pause],
    env: { GLISSADE_PRIORITY: priority },
  })),
});

export const rows = [
  replies({ callers: 10, pause: 10, title: '10 callers that pause for 10 ms on average' }),
  replies({ callers: 10, pause: 0, title: '10 callers without pause' }),
  requests(['/learn']),
  requests(['/predict']),
  requests(['/learn', '/predict']),
];
