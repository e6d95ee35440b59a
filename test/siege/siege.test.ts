import fs from 'node:fs';
import path from 'node:path';
import { runNode } from '../support/child';
import { folders } from '../support/folders';
import { testOnLinux } from '../support/on_linux';

const newFolder = folders();

// Times are not judged here, but by npm run check:serve.
testOnLinux('a server outlives some seconds of attacks, and learns what it acknowledges', async () => {
  const file = path.join(newFolder(), 'report.json');
  const parameters = ['test/siege/main.mjs', '--minutes', '0.1', '--times', 'report', '--json', file];
  const { code, stdout, stderr } = await runNode(parameters);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toContain('check:serve has passed');
  const { learnt, acknowledged, attacks, problems, metrics } = JSON.parse(fs.readFileSync(file, 'utf8'));
  expect([learnt, problems]).toEqual([acknowledged, []]);
  expect(learnt).toBeGreaterThan(0);
  expect(Object.values<number>(attacks).reduce((sum, count) => sum + count)).toBeGreaterThan(20);
  expect(Number(metrics.glissade_in_flight_bytes)).toBe(0);
});
