// A Slurm cluster with this machine as its only node.
import { execFile, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type Ended, longestRun, packageRoot } from './child';

const programs = ['munged', 'slurmctld', 'slurmd', 'srun'];

/** Whether a cluster can be started: its daemons change their user, which requires root. */
export const hasSlurm =
  process.getuid?.() === 0 &&
  programs.every(
    (program) => spawnSync('which', [program], { env: { ...process.env, PATH: searched() } }).status === 0,
  );

function searched(): string {
  return `${process.env.PATH}:/usr/sbin`;
}

export interface Cluster {
  /** Runs a command of Slurm. */
  run(command: string, parameters: readonly string[], env?: Record<string, string>): Promise<Ended>;
  stop(): void;
}

/** What remains of a cluster: a daemon for each step with processes that it still waits for. */
const daemonsOf = (folder: string): number[] =>
  fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && fileIn(name, 'comm').startsWith('slurmstepd'))
    .filter((name) => fileIn(name, 'environ').includes(folder))
    .map(Number);

function fileIn(process: string, name: string): string {
  try {
    return fs.readFileSync(`/proc/${process}/${name}`, 'utf8');
  } catch {
    return ''; // it has ended in the meantime
  }
}

export async function startCluster(): Promise<Cluster> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'slurm-'));
  fs.chmodSync(folder, 0o755);
  const [host, place] = [os.hostname().split('.')[0]!, (name: string) => path.join(folder, name)];
  const ports = [0, 1].map((i) => 20_000 + ((2 * process.pid + i) % 10_000));
  fs.writeFileSync(place('key'), randomBytes(1024), { mode: 0o400 });
  for (const name of ['control', 'node']) fs.mkdirSync(place(name));
  const settings = {
    ClusterName: 'test',
    SlurmctldHost: `${host}(127.0.0.1)`,
    SlurmctldPort: ports[0],
    SlurmdPort: ports[1],
    SlurmUser: 'root',
    AuthInfo: `socket=${place('munge')}`,
    ProctrackType: 'proctrack/pgid',
    TaskPlugin: 'task/none',
    StateSaveLocation: place('control'),
    SlurmdSpoolDir: place('node'),
    SlurmctldPidFile: place('control.pid'),
    SlurmdPidFile: place('node.pid'),
    NodeName: `${host} NodeAddr=127.0.0.1 CPUs=${os.cpus().length}`,
    PartitionName: 'all Nodes=ALL Default=YES State=UP',
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`);
  fs.writeFileSync(place('slurm.conf'), lines.join(''));
  const env = { ...process.env, PATH: searched(), SLURM_CONF: place('slurm.conf') };
  const files = ['socket=munge', 'key-file=key', 'pid-file=munged.pid', 'log-file=munged.log', 'seed-file=seed'];
  const munge = files.map((file) => file.split('=')).map(([option, name]) => `--${option}=${place(name!)}`);
  const daemons = [
    spawn('munged', ['--force', '--foreground', ...munge], { env, stdio: 'ignore' }),
    spawn('slurmctld', ['-D'], { env, stdio: 'ignore' }),
    spawn('slurmd', ['-D'], { env, stdio: 'ignore' }),
  ];
  const run = (command: string, parameters: readonly string[], more: Record<string, string> = {}): Promise<Ended> =>
    new Promise((resolve) => {
      const options = { cwd: packageRoot, env: { ...env, ...more }, timeout: longestRun };
      const child = execFile(command, parameters, options, (error, stdout, stderr) =>
        resolve({ code: error ? (child.exitCode ?? null) : 0, signal: child.signalCode, stdout, stderr }),
      );
      child.stdin!.end();
    });
  const stop = () => {
    for (const daemon of daemons.reverse()) daemon.kill('SIGKILL');
    for (const pid of daemonsOf(folder)) process.kill(pid, 'SIGKILL');
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  };
  for (const end = performance.now() + longestRun / 2; performance.now() < end; ) {
    if (/idle/.test((await run('sinfo', ['--noheader', '--format=%T'])).stdout)) return { run, stop };
    await setTimeout(250);
  }
  stop();
  throw new Error('the cluster did not come up');
}
