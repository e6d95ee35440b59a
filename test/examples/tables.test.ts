import fs from 'node:fs';
import path from 'node:path';
import { packageRoot, runNode } from '../support/child';

const main = path.join(packageRoot, 'examples/tables/main.mjs');

test('the example trains, serves, learns and continues after a restart, in at most 60 lines', async () => {
  expect(fs.readFileSync(main, 'utf8').trim().split('\n').length).toBeLessThanOrEqual(60);
  const { code, stdout, stderr } = await runNode([main]);
  expect([code, stderr]).toEqual([0, '']);
  const [accuracy, learnt, restarted] = stdout.trim().split('\n');
  expect(Number(/^accuracy (0\.\d+) /.exec(accuracy!)![1])).toBeGreaterThan(0.5); // one of four drinks
  expect(learnt).toMatch(/^a hot day: (juice|water) before, tea after 300 visits$/);
  expect(restarted).toBe('after a restart: the same');
});
