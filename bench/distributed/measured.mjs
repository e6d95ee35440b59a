import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { environment } from '../environment.mjs';
import { temporaryFolder } from '../temporary_folder.mjs';
import { environmentOn } from './network.mjs';

const program = path.join(import.meta.dirname, 'step.mjs');

/**
 * @typedef {object} Work
 * @property {import('../networks.mjs').Description} description
 * @property {number} batch Rows of all ranks.
 * @property {string} exchange As in ranks.mjs.
 * @property {number} [every] Steps that ranks take separately before they synchronise.
 * @property {number} steps Steps per epoch, after which ranks compare their parameters.
 */

/** Median and least time of a step in µs, of two ranks of one thread each, with the library of their MPI. */
export function overMemory({ command: [program, ...options] }, /** @type {Work} */ work) {
  return run([program, ...options, '-n', '2', process.execPath], work, {});
}

/** The same for two processes without exchange, with a minibatch each. */
export const apart = (launcher, /** @type {Omit<Work, 'exchange'>} */ work) =>
  overMemory(launcher, { ...work, exchange: 'alone' });

/**
 * The same on a network, and the time of a step's exchanges if each were awaited.
 *
 * @param {{ launcher: import('./launchers.mjs').Launcher, library: string }} simulator
 * @param {Work} work
 * @param {import('./network.mjs').Network} network
 * @param {number} [ranks] that the network simulates
 */
export function overNetwork({ launcher, library }, work, network, ranks) {
  const [program, ...options] = launcher.command;
  const totals = path.join(temporaryFolder(), 'totals.json');
  const env = environmentOn(network, library, { ranks, totals });
  const { taken, ...times } = run([program, ...options, '-n', '2', process.execPath], work, env);
  const { broadcast, ...ofSteps } = JSON.parse(fs.readFileSync(totals, 'utf8')); // broadcasts belong to the start
  const seconds = Object.values(ofSteps).reduce((sum, each) => sum + each.seconds, 0);
  return { ...times, wire: (1e6 * seconds) / taken };
}

function run([command, ...args], work, env) {
  const out = execFileSync(command, [...args, program, JSON.stringify(work)], {
    encoding: 'utf8',
    env: { ...environment(1), ...env },
  });
  return JSON.parse(out.trim().split('\n').at(-1));
}
