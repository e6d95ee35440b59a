import { nodeWith } from '../peers/node_package.mjs';

// The load comes from autocannon, in a separate process on the same cores.
const [autocannon, onnxruntime] = [nodeWith('autocannon'), nodeWith('onnxruntime-node')];
export const peers = {
  ...(autocannon && { autocannon: autocannon.version }),
  ...(onnxruntime && { 'onnxruntime-node': onnxruntime.version }),
};

const contestants = [
  { kind: 'ours', name: 'serveModel' },
  { kind: 'unwatched', name: 'serveModel without monitoring' },
  { kind: 'bare', name: 'node:http and predict' },
  { kind: 'onnx', name: 'node:http and onnxruntime-node' },
];

export const rows = [
  {
    title: 'POST /predict of one row of six columns, network 64-32, 10 connections',
    measures: [
      { key: 'perSecond', title: 'answers', unit: '/s', better: 'more' },
      { key: 'p99', title: '99th percentile', unit: 'ms', decimals: 2 },
    ],
    trials: 5,
    contestants: contestants.map(({ kind, name }) => ({
      name,
      program: 'serving/requests.mjs',
      args: [kind],
      ...(!autocannon && { missing: 'autocannon is not installed (npm install --prefix bench)' }),
      ...(kind === 'onnx' &&
        !onnxruntime && { missing: 'not installed (npm install --prefix bench onnxruntime-node)' }),
    })),
  },
];
