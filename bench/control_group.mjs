import fs from 'node:fs';
import path from 'node:path';

const root = '/sys/fs/cgroup';

/**
 * Makes a control group of Linux, and moves this process into it. Returns undefined if the process lacks the
 * permission.
 *
 * @param {string} controller
 * @param {{ 1: Record<string, string>, 2: Record<string, string> }} limits Contents of files of the group, by the version
 *   of control groups.
 * @returns {{ version: 1 | 2, folder: string, leave(): void } | undefined}
 */
export function enterGroup(controller, limits) {
  const parents = { 2: root, 1: path.join(root, controller) };
  for (const [version, parent] of Object.entries(parents)) {
    const folder = path.join(parent, `glissade-bench-${process.pid}`);
    const write = (file, contents) => fs.writeFileSync(path.join(parent, file), contents, { flag: 'r+' }); // no new files
    try {
      if (version === '2') write('cgroup.subtree_control', `+${controller}`);
      fs.mkdirSync(folder);
      for (const [file, limit] of Object.entries(limits[version])) write(path.join(path.basename(folder), file), limit);
      fs.writeFileSync(path.join(folder, 'cgroup.procs'), String(process.pid));
      return {
        version: Number(version),
        folder,
        leave() {
          fs.writeFileSync(path.join(parent, 'cgroup.procs'), String(process.pid));
          fs.rmdirSync(folder);
        },
      };
    } catch {
      if (fs.existsSync(folder)) fs.rmdirSync(folder); // not allowed, or the controller is elsewhere
    }
  }
  return undefined;
}

/** Limits this process to a number of processors, in periods of 100 ms as Docker does. */
export function enterQuota(processors) {
  const [quota, period] = [String(Math.round(1e5 * processors)), '100000'];
  return enterGroup('cpu', {
    1: { 'cpu.cfs_period_us': period, 'cpu.cfs_quota_us': quota },
    2: { 'cpu.max': `${quota} ${period}` },
  });
}
