import { runModule } from '../support/child';

test('failures are left out by the list alone, and an entry whose tests pass is named', async () => {
  const { stdout } = await runModule(`import { Tally } from './scripts/suite.mjs';
    const tally = new Tally([{ file: 'test/a' }, { file: 'test/b', test: 'pipe' }, { file: 'test/c', test: 'idle' }]);
    const results = (file, ...tests) => ({
      name: 'Z:\\\\glissade\\\\test\\\\' + file,
      message: 'no module',
      assertionResults: tests.map(([fullName, status]) => ({ fullName, status })),
    });
    tally.add({ testResults: [
      results('a.test.ts', ['one', 'failed'], ['two', 'passed']),
      results('b.test.ts', ['a pipe', 'failed'], ['a file', 'failed']),
      results('c.test.ts', ['idle', 'passed'], ['todo', 'pending']),
      results('d.test.ts'),
    ] });
    const { passed, others, failures } = tally;
    console.log(JSON.stringify([passed, others, failures, tally.idle()]));`);
  expect(JSON.parse(stdout)).toEqual([2, 3, ['test/b.test.ts: a file', 'test/d.test.ts: no module'], ['test/c: idle']]);
});
