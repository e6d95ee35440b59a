// Runs one command in a folder as a reader would type it, and ends servers at the end.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';

/** Commands that serve until they are ended; they are ready once they print their address. */
const isServer = (command) => /&$|glissade serve|lab --serve/.test(command);

/** A command that runs longer than this hangs. */
const mostSeconds = 600;

const servers = [];
const faultsOfServers = [];

/** @returns {Promise<{ code: number | string, stdout: string, stderr: string }>} */
export async function runCommand(command, { folder, mpi, tarball }) {
  if (isServer(command)) faultsOfServers.push(...(await endRunning())); // two servers would use the same port
  const typed = command.replace(/^(npm (?:install|i) .*)\bglissade(?![\w-])/, `$1${tarball}`).replace(/ &$/, '');
  const child = spawn('bash', ['-c', isServer(command) ? `exec ${typed}` : typed], {
    cwd: folder,
    env: environment(folder, mpi),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a separate group, which can be ended as a whole
  });
  const ended = once(child, 'close').then(([code, signal]) => signal ?? code);
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'])
    child[stream].setEncoding('utf8').on('data', (text) => {
      said[stream] += text;
    });
  if (!isServer(command)) {
    const guard = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), 1000 * mostSeconds);
    const code = await ended;
    clearTimeout(guard);
    return { code, ...said };
  }
  const isReady = new Promise((resolve) => {
    child.stdout.on('data', () => /http:\/\/|port \d+/.test(said.stdout) && resolve(0));
  });
  const code = await Promise.race([isReady, ended.then((code) => `${code} at once`)]);
  if (code === 0) servers.push({ command, child, ended });
  return { code, ...said };
}

/** Ends servers like Ctrl-C and a service manager. Returns those that have not ended well since the last call. */
export async function endServers() {
  return [...(await endRunning()), ...faultsOfServers.splice(0)];
}

async function endRunning() {
  const faults = [];
  for (const { command, child, ended } of servers.splice(0).reverse()) {
    process.kill(-child.pid, command.startsWith('node') ? 'SIGTERM' : 'SIGINT');
    const code = await ended;
    if (code !== 0 && !(command.startsWith('npx') && code === 'SIGINT')) faults.push(`${command}: ended with ${code}`);
  }
  return faults;
}

function environment(folder, mpi) {
  const { GLISSADE_ISA, GLISSADE_THREADS, CI, ...inherited } = process.env;
  const env = { ...inherited, PATH: `${path.join(folder, 'node_modules/.bin')}:${process.env.PATH}` };
  env.GLISSADE_PRIORITY = 'normal'; // beside other programs, background work would take many times as long
  env.npm_config_yes = 'false'; // npx runs the installed package, and asks no registry
  env.npm_config_fund = env.npm_config_audit = env.npm_config_update_notifier = 'false';
  if (!mpi) return env;
  // `mpirun` is that of the round. Open MPI refuses root, and more ranks than processors, by default.
  const bin = path.join(folder, 'node_modules/.mpi');
  if (!fs.existsSync(bin)) {
    fs.mkdirSync(bin, { recursive: true });
    const script = `#!/bin/sh\nexec mpirun.${mpi} "$@"\n`; // through a link, MPICH would look for its parts beside the link
    fs.writeFileSync(path.join(bin, 'mpirun'), script, { mode: 0o755 });
  }
  const openMpi = {
    OMPI_ALLOW_RUN_AS_ROOT: '1',
    OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1',
    PRTE_MCA_rmaps_default_mapping_policy: ':oversubscribe',
    OMPI_MCA_btl: 'self,sm',
  };
  return { ...env, ...(mpi === 'openmpi' ? openMpi : {}), PATH: `${bin}:${env.PATH}` };
}
