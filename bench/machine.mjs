import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import { runtime } from 'glissade';
import { compilerVersion } from './peers/compiler.mjs';

/** Describes the machine and the measuring software. */
export function describeMachine() {
  const { version, instructionSet, instructionSets, threads, priority } = runtime();
  return {
    cpu: os.cpus()[0].model.trim(),
    cores: os.cpus().length,
    caches: caches(),
    instructionSets,
    virtual: flags().includes('hypervisor'),
    memory: `${Math.round(os.totalmem() / 2 ** 30)} GiB`,
    system: [distribution(), os.type(), os.release(), os.arch()].filter(Boolean).join(' '),
    node: process.versions.node,
    compiler: compilerVersion,
    glissade: { version, commit: commit(), instructionSet, threads, priority },
  };
}

/**
 * Sizes of the first core's data caches, like `{ L1: '48K', L2: '1024K', L3: '32768K' }`. Undefined except on Linux.
 */
function caches() {
  const folder = '/sys/devices/system/cpu/cpu0/cache';
  if (!fs.existsSync(folder)) return undefined;
  const read = (index, name) => fs.readFileSync(`${folder}/${index}/${name}`, 'utf8').trim();
  return Object.fromEntries(
    fs
      .readdirSync(folder)
      .filter((index) => index.startsWith('index') && read(index, 'type') !== 'Instruction')
      .map((index) => [`L${read(index, 'level')}`, read(index, 'size')]),
  );
}

function flags() {
  const file = '/proc/cpuinfo';
  const line = fs.existsSync(file) && /^flags\s*:(.*)$/m.exec(fs.readFileSync(file, 'utf8'))?.[1];
  return line ? line.trim().split(' ') : [];
}

function distribution() {
  const file = '/etc/os-release';
  return fs.existsSync(file) ? /^PRETTY_NAME="?([^"\n]*)/m.exec(fs.readFileSync(file, 'utf8'))?.[1] : undefined;
}

function commit() {
  const { status, stdout } = spawnSync('git', ['describe', '--always', '--dirty'], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
  });
  return status === 0 ? stdout.trim() : undefined;
}
