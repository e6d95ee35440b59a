import fs from 'node:fs';
import path from 'node:path';

/** A control group of Linux with a quota of processors. A process joins by writing its number to `procs`. */
export interface QuotaGroup {
  procs: string;
  /** The file with `nr_periods` and `nr_throttled`: periods in which it used its quota up, and was stopped. */
  stat: string;
  remove(): void;
}

/**
 * Makes a group with a quota of processors and, as far as its weight allows, priority over other programs.
 * Undefined if this process cannot make one.
 */
export function quotaGroup(processors: number): QuotaGroup | undefined {
  const period = 100_000; // µs, as in Docker
  const quota = Math.round(period * processors);
  const name = `glissade-test-${process.pid}-${quota}`;
  const root = '/sys/fs/cgroup';
  const places = [
    { parent: root, enable: true, limits: { 'cpu.max': `${quota} ${period}`, 'cpu.weight': '10000' } }, // version 2
    {
      parent: `${root}/cpu`,
      enable: false,
      limits: { 'cpu.cfs_period_us': `${period}`, 'cpu.cfs_quota_us': `${quota}`, 'cpu.shares': '100000' },
    },
  ];
  for (const { parent, enable, limits } of places) {
    const folder = path.join(parent, name);
    try {
      if (enable) fs.writeFileSync(path.join(parent, 'cgroup.subtree_control'), '+cpu', { flag: 'r+' });
      fs.mkdirSync(folder);
      for (const [file, limit] of Object.entries(limits))
        fs.writeFileSync(path.join(folder, file), limit, { flag: 'r+' });
      return {
        procs: path.join(folder, 'cgroup.procs'),
        stat: path.join(folder, 'cpu.stat'),
        remove: () => fs.rmdirSync(folder),
      };
    } catch {
      if (fs.existsSync(folder)) fs.rmdirSync(folder);
    }
  }
  return undefined;
}
