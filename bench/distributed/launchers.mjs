import { spawnSync } from 'node:child_process';

/**
 * The launcher and the compiler of each MPI, for ranks on one machine.
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
