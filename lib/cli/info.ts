import os from 'node:os';
import { runtime } from '../runtime.js';

/** What `glissade info` prints. */
export function info({ json = false }: { json?: boolean }): string {
  const here = {
    ...runtime(),
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
  };
  if (json) return JSON.stringify(here, null, 2);
  return [
    `glissade         ${here.version}`,
    `node             ${here.node} on ${here.platform}`,
    `cpu              ${here.cpu}`,
    `instruction set  ${here.instructionSet} (of ${here.instructionSets.join(', ')}; GLISSADE_ISA chooses)`,
    `threads          ${here.threads} (${sourceOfThreads(here.threads)}GLISSADE_THREADS chooses)`,
    `processors       ${here.processors}${here.processorQuota === undefined ? '' : `, limited to ${here.processorQuota} by control groups`}`,
    `priority         ${here.priority} (GLISSADE_PRIORITY chooses)`,
  ].join('\n');
}

/** Names OMP_NUM_THREADS if the number of threads comes from there: other programs read this variable too. */
function sourceOfThreads(threads: number): string {
  const { GLISSADE_THREADS: own, OMP_NUM_THREADS: shared = '' } = process.env;
  return !own && Number.parseInt(shared, 10) === threads ? 'from OMP_NUM_THREADS; ' : '';
}
