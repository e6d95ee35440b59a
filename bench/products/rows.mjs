import { runtime } from 'glissade';
import { nameOf, productsOf, trained } from '../networks.mjs';
import { threadsOf } from '../wording.mjs';
import { buildProgram } from './program.mjs';

const program = buildProgram();
const { threads, instructionSet } = runtime();

/** Versions of the libraries that the program was built with. */
export const peers = program.versions ?? {};

const libraries = {
  glissade: { name: 'glissade' },
  onednn: { name: 'oneDNN', get: 'apt install libdnnl-dev' },
  openblas: { name: 'OpenBLAS', get: 'apt install libopenblas-dev' },
};

function contestant(library, { precision, isa = instructionSet, kind, shape, env }) {
  const options = { shape: shape.join('x'), kind, library, precision, isa, threads };
  return {
    peer: library,
    name: libraries[library].name,
    command: program.command,
    missing: reasonAgainst(library, precision),
    args: Object.entries(options).flatMap(([key, value]) => [`--${key}`, value]),
    env,
  };
}

function reasonAgainst(library, precision) {
  if (!program.libraries.includes(library)) return `not found by CMake (${libraries[library].get})`;
  if (program.precisions[library]?.includes(precision) === false) return `built without ${precision}`;
}

const row = ({ group, label, ...product }) => ({
  group: `products, ${group}, ${product.precision}, ${threadsOf(threads)}`,
  label,
  title: `product, ${group}, ${label.replace(/ +/g, ' ')}, ${product.precision}`,
  unit: 'GFLOP/s',
  better: 'more',
  flops: 1,
  precision: product.precision,
  instructionSet: product.isa ?? instructionSet,
  trials: 5,
  contestants: Object.keys(libraries).map((library) => contestant(library, product)),
});

/** The products of a layer in a step. A shape is M×N×K: each of M×N elements is a sum of K products. */
const productsOfStep = ({ inputs, outputs }, batch, isFirst) => [
  ['forward', 'nn', [batch, outputs, inputs]],
  ['weight gradient', 'tn', [inputs, outputs, batch]],
  ...(isFirst ? [] : [['input gradient', 'nt', [batch, inputs, outputs]]]),
];

const networkRows = (precision) =>
  trained.flatMap(({ network, batch }) =>
    productsOf(network).flatMap((layer, i) =>
      productsOfStep(layer, batch, i === 0).map(([purpose, kind, shape]) =>
        row({
          group: `${nameOf(network)}, batch ${batch}`,
          label: `layer ${i + 1} ${purpose.padEnd(15)} ${kind} ${shape.join('×')}`,
          kind,
          shape,
          precision,
        }),
      ),
    ),
  );

/** A row where all libraries are limited to AVX2. */
const avx2Row = () =>
  row({
    group: 'AVX2 alone',
    label: 'nn 512×512×512',
    kind: 'nn',
    shape: [512, 512, 512],
    precision: 'float32',
    isa: 'avx2',
    env: { ONEDNN_MAX_CPU_ISA: 'AVX2', OPENBLAS_CORETYPE: 'Haswell' },
  });

const { missing } = program;
export const rows = missing
  ? [{ title: 'products of matrices', unit: 'GFLOP/s', contestants: [{ name: 'products_bench', missing }] }]
  : [
      ...networkRows('float32'),
      ...networkRows('bfloat16'),
      ...(runtime().instructionSets.includes('avx2') ? [avx2Row()] : []),
    ];
