import { isOwnInFloat32 } from '../limits/limits.mjs';
import { threadsOf } from '../wording.mjs';
import { bytesOf, instructionSets, limit, ours, sizes, threads, torch } from './contestants.mjs';

const passes = '4:3'; // reads g, θ, m, v; writes θ, m, v
const small = 16_384;
const large = 2 ** 26;

/** Times include the call from JavaScript (Python). Small steps run on the calling thread alone. */
const smallRow = {
  title: `Adam, ${sizes[small]} float32 parameters`,
  unit: 'µs',
  bytes: bytesOf(passes, small),
  contestants: [
    ...instructionSets
      .filter(isOwnInFloat32)
      .toReversed()
      .map((set) => ours(`glissade, ${set}`, { shape: small }, { env: { GLISSADE_ISA: set } })),
    ...[2, 1].map((count) =>
      torch(`fused, ${threadsOf(count)}`, { shape: small, options: { fused: true }, threads: count }),
    ),
    ...[1, 2].map((count) => limit(passes, small, { threads: count })),
  ],
};

const row = (size, trials) => ({
  title: `Adam, ${sizes[size]} float32 parameters`,
  unit: 'µs',
  bytes: bytesOf(passes, size),
  trials,
  contestants: [
    ours(`glissade, ${threadsOf(threads)}`, { shape: size }),
    torch(`fused, ${threadsOf(threads)}`, { shape: size, options: { fused: true } }),
    limit(passes, size),
    limit(passes, size, { pages: 'huge' }),
  ],
});

const manyArrays = (arrays, length) => ({
  title: `Adam, ${arrays} arrays of ${length} float32 parameters`,
  unit: 'µs',
  contestants: [
    ours('glissade, the same gradient arrays', { arrays, shape: length }),
    ours('glissade, new gradient arrays', { arrays, shape: length, gradients: 'fresh' }),
    torch('fused', { arrays, shape: length, options: { fused: true } }),
  ],
});

/** Bytes moved per parameter: 12 for g and θ, four codes for m and v, and for uint8 a scale per 256 codes. */
const states = {
  title: `Adam, ${sizes[large]} float32 parameters, state in fewer bits`,
  unit: 'µs',
  trials: 5,
  contestants: Object.entries({ full: 28, bfloat16: 20, uint8: 16 + 16 / 256 }).map(([state, bytes]) =>
    ours(`glissade, ${state}`, { shape: large, state }, { bytes: bytes * large }),
  ),
};

const middle = 2 ** 20;
const denormals = {
  title: `Adam, ${sizes[middle]} float32 parameters, all numbers set to 1e-39 (denormal) or 1e-3 before each step`,
  unit: 'µs',
  contestants: [1e-3, 1e-39].flatMap((fill) => [
    ours(`glissade, ${fill}`, { shape: middle, fill }),
    torch(`fused, ${fill}`, { shape: middle, fill, options: { fused: true } }),
  ]),
};

const embedding = '100000x64';
const sparse = {
  title: 'Adam, an embedding of 100,000 × 64 float32, gradients of 256 rows',
  unit: 'µs',
  contestants: [
    ours('glissade, rows rest', { shape: embedding, gradients: 256, sparse: 'lazy' }),
    ours('glissade, exact', { shape: embedding, gradients: 256 }),
    torch('SparseAdam', { rule: 'SparseAdam', shape: embedding, rows: 256 }),
    ours('glissade, dense', { shape: embedding }),
  ],
};

export const rows = [
  smallRow,
  row(middle),
  row(large, 5),
  manyArrays(100, 1000),
  manyArrays(1000, 100),
  states,
  denormals,
  sparse,
];
