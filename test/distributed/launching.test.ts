import { spawnSync } from 'node:child_process';
import { runNodeOnRanks, underEachMpi } from '../support/ranks';

const program = `
  const { distributed } = await import('glissade/distributed');
  const { rank, size } = await distributed();
  console.log('rank ' + rank + ' of ' + size);`;

/** Starts Node like npx: standard input and output are inherited, and no other descriptor. */
const between = (own: string) => `
  const { execFileSync } = require('node:child_process');
  ${own}
  const options = ['--disable-warning=GLISSADE_STARVED', '--input-type=module', '--eval', ${JSON.stringify(program)}];
  try { execFileSync(process.execPath, options, { stdio: ['ignore', 'inherit', 'inherit'] }); } catch { process.exitCode = 1; }`;

underEachMpi('a rank whose launcher started a program in between', (launcher) => {
  const needsSocket = /^PMI_FD=/m.test(
    spawnSync(launcher.command, [...launcher.options, '-n', '1', 'env'], { encoding: 'utf8' }).stdout,
  );

  test.each([
    ['is closed', ''],
    ['is a file', `process.env.PMI_FD &&= '0';`], // standard input, /dev/null
    ['is not a number', `process.env.PMI_FD &&= 'none';`],
  ])('joins the others, or prints the command to type if its socket %s', async (_, own) => {
    const ended = await runNodeOnRanks(launcher, 2, ['--eval', between(own)]);
    if (!needsSocket) return expect(ended.stdout.split('\n').sort()).toEqual(['', 'rank 0 of 2', 'rank 1 of 2']);
    expect(ended.code).not.toBe(0);
    expect(ended.stdout).toBe('');
    expect(ended.stderr).toContain('ERR_MPI_UNAVAILABLE');
    expect(ended.stderr).toContain('mpirun -n 2 node_modules/.bin/glissade');
    expect(ended.stderr).not.toMatch(/PMIU|Other MPI error/);
  });
});
