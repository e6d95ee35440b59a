import { spawnSync } from 'node:child_process';

/**
 * What starts the ranks of each MPI, on one machine, and what compiles for it.
 *
 * @typedef {object} Launcher
 * @property {string} name
 * @property {string[]} command
 * @property {string} compiler
 */

/** @type {Launcher[]} */
export const launchers = [
  {
    name: 'Open MPI',
    command: ['mpirun.openmpi', '--allow-run-as-root', '--oversubscribe', '--mca', 'btl', 'self,sm'],
    compiler: 'mpicc.openmpi',
  },
  { name: 'MPICH', command: ['mpirun.mpich'], compiler: 'mpicc.mpich' },
];

export const isInstalled = (/** @type {string} */ program) => spawnSync(program, ['--version']).status === 0;

/** Why a launcher can't start anything; undefined if it can. */
export const missingOf = ({ command: [program] }) => (isInstalled(program) ? undefined : `${program} is not installed`);
