// Follows the pages that walk through an addition word for word, in a copy of the tree. Needs the tools to build the
// addon.
import { blocksOf, Copy, isThere, pages, readPage } from './walkthrough';

describe.each(pages)('docs/%s.md', (name) => {
  test('says what to write where: the result compiles and passes its tests', async () => {
    using copy = new Copy();
    const blocks = blocksOf(readPage(name));
    for (const block of blocks) copy.apply(block);
    const files = [...new Set(blocks.map(({ file }) => file))];
    const tests = files.filter((file) => file.endsWith('.test.ts'));
    expect(tests).not.toEqual([]);

    const tool = (script: string, ...args: string[]) => copy.run(process.execPath, `node_modules/${script}`, ...args);
    const ending = (pattern: RegExp) => files.filter((file) => pattern.test(file));
    await tool('@biomejs/biome/bin/biome', 'check', '--vcs-enabled=false', ...ending(/\.(ts|json)$/));
    if (isThere('clang-format')) await copy.run('clang-format', '--dry-run', '--Werror', ...ending(/\.(h|cpp)$/));
    const works = await Promise.allSettled([
      copy.run('npm', 'run', 'build:addon'),
      tool('typescript/bin/tsc', '-p', 'test'),
    ]);
    for (const work of works) if (work.status === 'rejected') throw work.reason;
    copy.apply({ file: 'dist/cjs/package.json', code: '{ "type": "commonjs" }' }); // enough of lib's build for these tests
    await tool('jest/bin/jest.js', ...tests);
  });
});
