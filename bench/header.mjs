import { percent, threadsOf } from './wording.mjs';

const tolerable = 0.05; // of the processors' time

/** Prints the machine and its limits. */
export function printHeader({ date, machine, limits, handover }) {
  const { glissade, cpu, cores, caches = {}, system, virtual, node, busy, disturbed } = machine;
  const sizes = Object.entries(caches).map(([level, size]) => `${level} ${size}`);
  console.log(
    [
      `glissade ${glissade.version} (${glissade.instructionSet}, ${threadsOf(glissade.threads)}), ${date.slice(0, 10)}`,
      `${cores} cores of ${cpu}${sizes.length > 0 ? ` (${sizes.join(', ')})` : ''}, ${system}${virtual ? ', in a virtual machine' : ''}, Node ${node}`,
      ...(limits
        ? limitLines(limits, glissade.threads)
        : ['Limits: not measured, as there is no C++ compiler (apt install g++)']),
      ...(handover ? [`  ${'core to core and back'.padEnd(20)} ${handover} ns`] : []),
      ...(disturbed ? ['Memory is slowed by a process that streams through it on a processor of its own.'] : []),
      ...(busy > tolerable
        ? [`Other programs took ${percent(busy)} of the processors' time: figures say little.`]
        : []),
    ].join('\n'),
  );
}

function limitLines({ float32, bfloat16, memory }, threads) {
  const line = (title, limits) =>
    `  ${title.padEnd(20)} ${Object.entries(limits)
      .map(([name, { one, all }]) => `${name} ${one}${threads > 1 ? ` / ${all}` : ''}`)
      .join(', ')}`;
  return [
    `Limits${threads > 1 ? `, with 1 / ${threads} threads` : ''}:`,
    line('float32, GFLOP/s', float32),
    ...(Object.keys(bfloat16).length > 0 ? [line('bfloat16, GFLOP/s', bfloat16)] : []),
    line('memory, GB/s', memory),
  ];
}
