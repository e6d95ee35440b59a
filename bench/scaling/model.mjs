// Predicts how well training steps of Adam scale with the cores of a server, from the work of each member of a team
// (work.cpp, with the core's own divisions) and its costs. Prints a table of times and speedups.
//
// node bench/scaling/model.mjs [--svg docs/pictures/scaling.svg]
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { columnsOf, nameOf, trained } from '../networks.mjs';
import { compiled } from '../peers/compiler.mjs';

const core = path.join(import.meta.dirname, '../../native/core');
const panelWidth = 16; // numbers per vector: a layer of 10 outputs costs as much as one of 16
const bytesKept = 12; // per parameter: θ, m and v
const bytesMoved = 24; // the same, read and written

/**
 * Nanoseconds of a core, measured on one and two cores of an AMD EPYC (Zen 4) in a virtual machine: `npm run bench --
 * scaling`, marks of the processor's clock, bench/limits. `line`: a cache line from another core, while others are in
 * transit. `handover`: the transfer of a single line to another core. `barrier`: the cost of a barrier besides such
 * transfers.
 */
const zen4 = { multiplied: 0.02, added: 0.08, gathered: 0.69, updatedInL2: 0.31, updatedInL3: 0.5, barrier: 250 };
const near = { line: 6, handover: 25 };
const far = { line: 30, handover: 155 };

/** Sizes of caches in bytes; bandwidth of memory in bytes/ns, of a core and of all. */
const machines = [
  { name: 'two cores', cores: 2, chip: 2, ...zen4, l2: 2 ** 20, l3: 2 ** 25, ofCore: 20, ofAll: 40 },
  { name: 'two cores far apart', cores: 2, chip: 1, ...zen4, l2: 2 ** 20, l3: 2 ** 25, ofCore: 20, ofAll: 40 },
  // A chip of an EPYC 9004 has 8 cores, and 32 MB of third-level cache; a socket has 12 channels of DDR5-4800, 460 GB/s.
  { name: '8 cores of one chip', cores: 8, chip: 8, ...zen4, l2: 2 ** 20, l3: 2 ** 25, ofCore: 20, ofAll: 50 },
  { name: '64 cores, 8 chips', cores: 64, chip: 8, ...zen4, l2: 2 ** 20, l3: 2 ** 25, ofCore: 20, ofAll: 370 },
];

/** The mean distance of a member's core from those of the others, if a chip is filled before the next one is used. */
function distanceOf({ chip }, members) {
  const elsewhere = members > chip ? (members - chip) / (members - 1) : 0;
  const mean = (key) => near[key] + elsewhere * (far[key] - near[key]);
  return { line: mean('line'), handover: mean('handover') };
}

/** Predicted nanoseconds of a step, by component. */
function predicted(work, machine) {
  const { members, updated } = work;
  const { line, handover } = distanceOf(machine, members);
  const kept = updated * bytesKept;
  const onChip = Math.min(members, machine.chip);
  const bandwidth = Math.min(machine.ofCore, machine.ofAll / members);
  const ofUpdate =
    kept <= machine.l2
      ? machine.updatedInL2
      : kept * onChip <= machine.l3
        ? machine.updatedInL3
        : bytesMoved / bandwidth;
  return {
    products: work.multiplications * machine.multiplied + work.additions * machine.added,
    gather: work.gathered * machine.gathered,
    update: updated * ofUpdate,
    // What does not fit in the second-level cache always comes from the chip's third-level cache.
    crossing: kept > machine.l2 && members <= machine.chip ? 0 : ((work.crossing * 4) / 64) * line,
    // Arrivals change one line in turn; then the others read a line that the last one has written.
    waiting: work.barriers * (machine.barrier + 2 * (members - 1) * handover),
  };
}

const { values } = parseArgs({ options: { svg: { type: 'string' } } });
const binary = compiled(path.join(import.meta.dirname, 'work.cpp'), [
  `-I${core}`,
  path.join(core, 'layers/division.cpp'),
]);
if (!binary) throw new Error('the model needs a C++ compiler');

const works = trained.map(({ network, batch }) => ({
  title: `${nameOf(network)} at ${batch}`,
  teams: JSON.parse(
    execFileSync(binary, [batch, panelWidth, columnsOf(network), ...network.layers.map(({ outputs }) => outputs)], {
      encoding: 'utf8',
    }),
  ),
}));

const sum = (parts) => Object.values(parts).reduce((a, b) => a + b);
const microseconds = (ns) => (ns >= 1e6 ? `${(ns / 1e6).toPrecision(3)} ms` : `${(ns / 1e3).toPrecision(3)} µs`);
for (const machine of machines) {
  console.log(`\n${machine.name}`);
  for (const { title, teams } of works) {
    const fitting = teams.filter(({ members }) => members <= machine.cores);
    const times = fitting.map((work) => sum(predicted(work, machine)));
    console.log(
      `  ${title}: ${fitting.map(({ members }, i) => `${members}: ${microseconds(times[i])} (${(times[0] / times[i]).toFixed(2)})`).join('  ')}`,
    );
    const parts = predicted(fitting.at(-1), machine);
    const shares = Object.entries(parts).map(([name, ns]) => `${name} ${Math.round((100 * ns) / times.at(-1))} %`);
    console.log(`    on all: ${shares.join(', ')}`);
  }
}

if (values.svg) {
  const { picturesOf } = await import('../../scripts/picture.mjs');
  const figures = machines.slice(2).map((machine) => {
    const counts = works[0].teams.map(({ members }) => members).filter((members) => members <= machine.cores);
    return {
      name: machine.name,
      title: machine.name,
      caption: 'How many times as fast as on one core a step is, as predicted.',
      x: { label: 'cores', scale: 'log', domain: [1, machine.cores] },
      y: { label: 'speedup', scale: 'log', domain: [1, machine.cores] },
      marks: [
        { kind: 'line', color: 'gray', style: 'dashed', width: 1, points: counts.map((members) => [members, members]) },
        ...works.map(({ title, teams }) => ({
          kind: 'line',
          name: title,
          points: counts.map((members, i) => [
            members,
            sum(predicted(teams[0], machine)) / sum(predicted(teams[i], machine)),
          ]),
        })),
      ],
    };
  });
  fs.writeFileSync(
    values.svg,
    picturesOf({
      title: 'A step on more cores, as predicted',
      lines: ['The dashed line is where all cores would help in full.'],
      sections: [{ title: '', lines: [], figures }],
    }),
  );
}
