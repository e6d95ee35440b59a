import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { temporaryFolder } from '../temporary_folder.mjs';
import { isInstalled, launchers, missingOf } from './launchers.mjs';

/**
 * @typedef {object} Network
 * @property {number} latency s
 * @property {number} bandwidth bit/s of a link, in each direction
 *
 * @typedef {object} Cost
 * @property {number} latencies consecutive latencies
 * @property {number} bytes through a rank's link
 */

/** Networks of a rack and of the internet between offices. @type {Network[]} */
export const networks = [
  { latency: 50e-6, bandwidth: 10e9 },
  { latency: 1e-3, bandwidth: 100e6 },
];

/** A network without costs. @type {Network} */
export const free = { latency: 0, bandwidth: Number.POSITIVE_INFINITY };

/** A name like `1 ms, 100 Mbit/s`. */
export const nameOfNetwork = ({ latency, bandwidth }) =>
  `${latency < 1e-3 ? `${1e6 * latency} µs` : `${1e3 * latency} ms`}, ${bandwidth < 1e9 ? `${bandwidth / 1e6} Mbit/s` : `${bandwidth / 1e9} Gbit/s`}`;

export const secondsOf = (/** @type {Cost} */ { latencies, bytes }, /** @type {Network} */ { latency, bandwidth }) =>
  latencies * latency + transferOf({ bytes }, { bandwidth });

/** Seconds for which a link is busy. */
export const transferOf = ({ bytes }, { bandwidth }) => (8 * bytes) / bandwidth;

const partners = 32; // partners of an exchange at a time, as in MPICH
const rounds = (/** @type {number} */ ranks) => Math.ceil(Math.log2(ranks));

/** A sum, or a copy from one rank to all: each round with all bytes, or twice as many rounds with parts of them. */
function ofAll(bytes, ranks, network) {
  const doubling = { latencies: rounds(ranks), bytes: rounds(ranks) * bytes };
  const halving = { latencies: 2 * rounds(ranks), bytes: ((2 * (ranks - 1)) / ranks) * bytes };
  return secondsOf(doubling, network) < secondsOf(halving, network) ? doubling : halving;
}

/**
 * Costs of good algorithms, by the bytes of all ranks together if each gives a part (Thakur, Rabenseifner & Gropp
 * 2005, doi:10.1177/1094342005051521). network.c has the same formulas; network_check.mjs compares both.
 *
 * @type {Record<string, (bytes: number, ranks: number, network: Network) => Cost>}
 */
export const costs = {
  sum: ofAll,
  broadcast: ofAll,
  gather: (bytes, ranks) => ({ latencies: rounds(ranks), bytes: ((ranks - 1) / ranks) * bytes }),
  exchange: (bytes, ranks) => ({
    latencies: Math.ceil((ranks - 1) / partners),
    bytes: ((ranks - 1) / ranks) * bytes,
  }),
};

const folder = import.meta.dirname;
const made = new Map();

/** Compiles files of this folder by a compiler of MPI, once per process. Undefined without such a compiler. */
export function compiledFor({ compiler }, file, flags = []) {
  const key = [compiler, file, ...flags].join(' ');
  if (!made.has(key)) {
    const target = path.join(temporaryFolder(), `${made.size}-${path.parse(file).name}`);
    const all = ['-O2', path.join(folder, file), ...flags, '-o', target];
    const { status, stderr } = spawnSync(compiler, all, { encoding: 'utf8' });
    if (stderr) console.error(stderr.trim());
    made.set(key, status === 0 ? target : undefined);
  }
  return made.get(key);
}

/** The first MPI for which a network can be simulated, or the reason why there is none. */
export function simulator() {
  const launcher = launchers.find((each) => !missingOf(each) && isInstalled(each.compiler));
  if (!launcher) return { missing: 'needs mpicc of an MPI that is installed (apt install libopenmpi-dev)' };
  const library = compiledFor(launcher, 'network.c', ['-shared', '-fPIC']);
  return library ? { launcher, library } : { missing: `${launcher.compiler} can't compile network.c` };
}

/** The environment of ranks on a simulated network with the given number of ranks. */
export const environmentOn = ({ latency, bandwidth }, library, { ranks = 0, totals = '' } = {}) => ({
  GLISSADE_MPI: library,
  NETWORK_LATENCY: String(latency),
  NETWORK_BANDWIDTH: String(Number.isFinite(bandwidth) ? bandwidth : 0),
  NETWORK_RANKS: String(ranks),
  ...(totals && { NETWORK_TOTALS: totals }),
});
