import { execFile, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Ended, longestRun, outputOf, packageRoot } from '../support/child';
import { sharingProgram } from '../support/shared_trainings';

// Two network namespaces simulate two machines: each has its own address, and a cable connects them.
const spaces = ['a', 'b'].map((name) => `glissade-${name}-${process.pid}`);
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'glissade-'));

const ip = (...words: string[]): boolean => spawnSync('ip', words).status === 0;

function connect(): boolean {
  if (spawnSync('mpirun.openmpi', ['--version']).status !== 0) return false;
  if (!spaces.every((space) => ip('netns', 'add', space))) return false;
  const [one, other] = spaces as [string, string];
  const ends = [`gl${process.pid % 1e6}a`, `gl${process.pid % 1e6}b`] as const;
  if (!ip('link', 'add', ends[0], 'netns', one, 'type', 'veth', 'peer', 'name', ends[1], 'netns', other)) return false;
  return spaces.every(
    (space, i) =>
      ip('-n', space, 'addr', 'add', `10.77.0.${i + 1}/24`, 'dev', ends[i]!) &&
      ip('-n', space, 'link', 'set', ends[i]!, 'up') &&
      ip('-n', space, 'link', 'set', 'lo', 'up') &&
      // Linux gives up on unacknowledged data after a quarter of an hour; here after about twelve seconds, long after
      // the ranks have given up on each other.
      ip('netns', 'exec', space, 'sh', '-c', 'echo 5 > /proc/sys/net/ipv4/tcp_retries2'),
  );
}

const isConnected = connect();
const cut = () => ip('-n', spaces[1]!, 'link', 'set', `gl${process.pid % 1e6}b`, 'down');

afterAll(() => {
  for (const space of spaces) ip('netns', 'del', space);
  fs.rmSync(folder, { recursive: true });
});

/** Runs a module on a rank in each namespace, over TCP. `seen` is called with its output as it arrives. */
function runOnBoth(source: string, seen: (text: string) => void = () => {}): Promise<Ended> {
  const hosts = path.join(folder, 'hosts');
  fs.writeFileSync(hosts, 'first slots=1\nsecond slots=1\n');
  const agent = path.join(folder, 'agent'); // instead of ssh: agent host command…
  fs.writeFileSync(
    agent,
    `#!/bin/sh\nhost=$1\nshift\ncase $host in first) space=${spaces[0]} ;; *) space=${spaces[1]} ;; esac\nexec ip netns exec $space sh -c "$*"\n`,
    { mode: 0o755 },
  );
  const module = path.join(packageRoot, `rank-${process.pid}.mjs`); // where it finds the package by name
  fs.writeFileSync(module, source);
  return new Promise((resolve) => {
    const child = execFile(
      'ip',
      [
        ...['netns', 'exec', spaces[0]!, 'mpirun.openmpi', '--allow-run-as-root', '--hostfile', hosts],
        ...['--prtemca', 'plm_ssh_agent', agent, '--mca', 'btl', 'self,tcp', '--mca', 'pml', 'ob1', '-n', '2'],
        ...['-x', 'GLISSADE_PRIORITY=normal', process.execPath, module],
      ],
      { cwd: packageRoot, timeout: longestRun, killSignal: 'SIGKILL', maxBuffer: 2 ** 28 },
      (error, stdout, stderr) => {
        fs.rmSync(module);
        resolve({ code: error ? (child.exitCode ?? null) : 0, signal: child.signalCode, stdout, stderr });
      },
    );
    child.stdout!.on('data', (text) => seen(String(text)));
  });
}

(isConnected ? describe : describe.skip)(
  `two ranks with addresses of their own, over TCP${isConnected ? '' : ' (needs Open MPI and the right to make network namespaces)'}`,
  () => {
    test('agree with one process', async () => {
      const names = ['dense', 'sparse wide and deep'] as const;
      const alone = JSON.parse(await outputOf(sharingProgram('float64', { alone: true, names: [...names] })));
      const { code, stdout } = await runOnBoth(sharingProgram('float64', { names: [...names] }));
      expect(code).toBe(0);
      const found = JSON.parse(stdout);
      for (const name of names) {
        const far = found[name].parameters.map((x: number, i: number) => Math.abs(x - alone[name].parameters[i]));
        expect(Math.max(...far)).toBeLessThan(1e-12);
      }
    });

    test('end after the cable is cut', async () => {
      let wasCut = false;
      const { stderr } = await runOnBoth(
        `import { adam, Dataset, dense, network, Trainer } from 'glissade';
        import { distributed } from 'glissade/distributed';
        const ranks = await distributed({ timeout: 5 });
        const data = new Dataset({ inputs: Float64Array.from({ length: 4000 }, (_, i) => Math.sin(i)), columns: 4,
          targets: Uint8Array.from({ length: 1000 }, (_, i) => i % 2) });
        const model = network({ inputs: 4, layers: [dense(8, { activation: 'tanh' }), dense(2)], seed: 1 });
        const run = model.fit(data, { loss: 'crossEntropy', optimizer: adam({ learningRate: 1e-3 }), epochs: 1e6, ranks });
        for await (const { epoch } of run) if (ranks.rank === 0 && epoch === 20) console.log('training');`,
        (text) => {
          if (!text.includes('training') || wasCut) return;
          cut();
          wasCut = true;
        },
      );
      // Open MPI 5.0's mpirun may exit with 0 after it has lost the daemon of a machine.
      expect(wasCut).toBe(true);
      expect(stderr).toMatch(/^rank 0: GlissadeError \[ERR_MPI\]: other ranks have not answered for 5 s/m);
    });
  },
);
