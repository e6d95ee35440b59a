// What `npm run check:docs` recognises as commands, and what it says about outdated lists and samples.
import { type Ended, runModule, runNode } from '../support/child';

const of = async (expression: string): Promise<unknown> => {
  const ended: Ended = await runModule(`
    import { commandsOf } from './test/docs/commands/page_commands.mjs';
    import { differenceOf } from './test/docs/commands/sample.mjs';
    import { leftOut, matches } from './test/docs/commands/left_out.mjs';
    console.log(JSON.stringify(${expression}) ?? 'null');`);
  expect(ended.stderr).toBe('');
  return JSON.parse(ended.stdout);
};

const fence = '`'.repeat(3);

test('each omitted command is on a page, and each script on a page is in package.json', async () => {
  const { code, stdout } = await runNode(['test/docs/commands/main.mjs', '--list']);
  expect(stdout.split('\n').filter((line) => /remove the entry|has no script/.test(line))).toEqual([]);
  expect(code).toBe(0);
  expect(Number(/(\d+) commands$/.exec(stdout.trim())![1])).toBeGreaterThan(150);
});

test('commands are lines of shell, lines with a $, and code that begins with a program', async () => {
  const page = [
    'Type `npx glissade info`, not `glissade train` or `node:fs`.',
    `${fence}sh`,
    '# a remark',
    'npm install glissade   # and wait',
    fence,
    `${fence}text`,
    '$ glissade info --json',
    '{ "threads": 2 }',
    fence,
    `${fence}js`,
    'npm install nothing',
    fence,
  ].join('\n');
  expect(await of(`commandsOf('a.md', ${JSON.stringify(page)})`)).toEqual([
    { page: 'a.md', line: 1, command: 'npx glissade info' },
    { page: 'a.md', line: 4, command: 'npm install glissade' },
    { page: 'a.md', line: 7, command: 'glissade info --json', sample: ['{ "threads": 2 }'] },
  ]);
});

test.each([
  [['loss 0.5, 12 epochs', '…', 'written: /tmp/a/m.st'], ['loss 0.25, 9 epochs', 'x', 'written: /home/m.st', ''], true],
  [['what matters: …'], ['what matters: age, income'], true],
  [['AMD EPYC, avx2, 2 threads'], ['Intel Xeon, avx512bf16, 1 thread'], false],
  [['AMD EPYC, avx2, 2 threads'], ['Intel Xeon, avx512bf16, 4 threads'], true],
  [['13 epochs, rate 0.003'], ['13 epochs of adamw, rate 0.003'], false],
  [['first', 'second'], ['second', 'first'], false],
])('the sample %j of a page and the output %j: %j', async (sample, printed, isSame) => {
  const difference = await of(`differenceOf(${JSON.stringify(sample)}, ${JSON.stringify(printed)}) ?? null`);
  if (isSame) expect(difference).toBeNull();
  else expect(difference).toContain("the page's sample has the line");
});

test('an entry matches only its page together with its command', async () => {
  const entry = `{ page: 'docs/a.md', command: /^npm run / }`;
  expect(await of(`matches(${entry}, { page: 'docs/a.md', command: 'npm run lint' })`)).toBe(true);
  expect(await of(`matches(${entry}, { page: 'docs/b.md', command: 'npm run lint' })`)).toBe(false);
  expect(await of(`matches(${entry}, { page: 'docs/a.md', command: 'npm test' })`)).toBe(false);
});
