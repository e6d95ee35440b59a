import { summary as ablationSummary } from './ablation/summary.mjs';
import { summary as forecastsSummary } from './forecasts/summary.mjs';
import { summary as onlineSummary } from './online/summary.mjs';
import { summary as productsSummary } from './products/summary.mjs';
import { summary as tablesSummary } from './tables/summary.mjs';
import { summary as wasmSummary } from './wasm/summary.mjs';

/**
 * `load` returns the `rows` of a suite (see trials.mjs) and the versions of `peers` that only the suite knows. It is
 * called after the number of threads is set. `summary` returns lines about the results.
 */
export const suites = {
  optimizers: {
    description: "steps of update rules over arrays, beside PyTorch's and what moving the bytes takes",
    load: () => import('./optimizers/rows.mjs'),
  },
  addons: {
    description: 'the prebuilt addon beside the one that was built here, and those of GLISSADE_BENCH_ADDONS',
    load: () => import('./addons/rows.mjs'),
  },
  products: {
    description: 'products of matrices at the shapes of training, beside oneDNN and OpenBLAS (built by CMake)',
    load: () => import('./products/rows.mjs'),
    summary: productsSummary,
  },
  accuracy: {
    description: "rounding errors of long sums in float32, beside PyTorch's",
    load: () => import('./accuracy/rows.mjs'),
  },
  training: {
    description: 'steps of the minibatch loop, of each layer too, beside PyTorch, scikit-learn, tfjs and brain.js',
    load: () => import('./training/rows.mjs'),
  },
  scaling: {
    description: 'steps of the minibatch loop by one thread and by all, and what crossings between cores cost',
    load: () => import('./scaling/rows.mjs'),
  },
  distributed: {
    description: 'steps of processes that train together over MPI, beside one process and PyTorch DDP',
    load: () => import('./distributed/rows.mjs'),
  },
  predict: {
    description: 'predictions, one row at a time and many, beside PyTorch and tfjs',
    load: () => import('./predict/rows.mjs'),
  },
  hashing: {
    description: "features hashed to sparse columns, beside scikit-learn's",
    load: () => import('./hashing/rows.mjs'),
  },
  online: {
    description: "logistic regression one example at a time, beside scikit-learn's, and clicks of a known entropy",
    load: () => import('./online/rows.mjs'),
    summary: onlineSummary,
  },
  regression: {
    description: "exact linear models: least squares, ridge and logistic regression, beside scikit-learn's",
    load: () => import('./regression/rows.mjs'),
  },
  fashion: {
    description: "Fashion-MNIST, a dense network and a convolutional one: accuracy, and time to it, beside PyTorch's",
    load: () => import('./fashion/rows.mjs'),
  },
  tables: {
    description: "tables with words and holes in them, by the defaults of train: scores beside scikit-learn's",
    load: () => import('./tables/rows.mjs'),
    summary: tablesSummary,
  },
  texts: {
    description: 'classes of texts by the defaults of train, beside scikit-learn and fastText, and how fast both train',
    load: () => import('./texts/rows.mjs'),
  },
  forecasts: {
    description:
      'forecasts of ten series from origins that were not seen, beside simple methods and ETS of statsmodels',
    load: () => import('./forecasts/rows.mjs'),
    summary: forecastsSummary,
  },
  ablation: {
    description: "networks of tables with one default of train changed: losses and times beside the defaults'",
    load: () => import('./ablation/rows.mjs'),
    summary: ablationSummary,
  },
  reading: {
    description: 'Parquet and CSV files read into tables, beside DuckDB, hyparquet, csv-parse and NumPy',
    load: () => import('./reading/rows.mjs'),
  },
  spill: {
    description: 'training on a file that is larger than the memory that it may have, beside the same rows in memory',
    load: () => import('./spill/rows.mjs'),
  },
  files: {
    description: "files of models written and read, beside Node's fs",
    load: () => import('./files/rows.mjs'),
  },
  service: {
    description: 'replies of a server that learns from each request, beside a run of the same model (autocannon)',
    load: () => import('./service/rows.mjs'),
  },
  serving: {
    description: 'a model behind HTTP, beside a bare handler of node:http and onnxruntime-node (autocannon)',
    load: () => import('./serving/rows.mjs'),
  },
  responsive: {
    description: 'servers of node:http and fastify while 0, 1 and 3 models train, and within quotas (autocannon)',
    load: () => import('./responsive/rows.mjs'),
  },
  latency: {
    description: 'how late the event loop is while a network trains',
    load: () => import('./latency/rows.mjs'),
  },
  sharing: {
    description: 'how evenly several runs at once share the engine',
    load: () => import('./sharing/rows.mjs'),
  },
  wasm: {
    description: 'a step of the WebAssembly build beside the native baseline and tfjs, and its start in Node',
    load: () => import('./wasm/rows.mjs'),
    summary: wasmSummary,
  },
};
