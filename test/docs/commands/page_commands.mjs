// The shell commands of a page, in order: lines of its shell blocks, lines with a $ in its samples, and code in
// its sentences that begins with a program.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../..', import.meta.url));

export const pages = [
  'README.md',
  ...fs
    .readdirSync(path.join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => `docs/${name}`),
];

const programs =
  /^(?:npm|npx|glissade|mpirun|srun|node|curl|apt-get|apt|pip|docker|brew|dnf|module|tensorboard|git)\s+\S/;

/** Code that names a command, but cannot be run: `glissade train` lacks its file. */
const isName = (text) =>
  /^(?:npx glissade|(?:npm|(?:npx )?glissade) [a-z]+)$/.test(text) && !/ (?:info|lab|build|test)$/.test(text);

/**
 * @returns {{ page: string, line: number, command: string, sample?: string[] }[]} With the sample of the output,
 *   if the page has one.
 */
export function commandsOf(page, text = fs.readFileSync(path.join(root, page), 'utf8')) {
  const found = [];
  let fence; // language of the current block
  let sample; // of the last command with a $
  for (const [i, line] of text.split('\n').entries()) {
    const [, language] = /^\s*```(\w*)/.exec(line) ?? [];
    if (language !== undefined) {
      fence = fence === undefined ? language || 'text' : undefined;
      sample = undefined;
    } else if (fence === 'sh') {
      const command = line.replace(/\s+#\s.*/, '').trim();
      if (command && !command.startsWith('#')) found.push({ page, line: i + 1, command });
    } else if (fence === 'text') {
      if (line.startsWith('$ ')) {
        sample = [];
        found.push({ page, line: i + 1, command: line.slice(2), sample });
      } else sample?.push(line);
    } else if (fence === undefined)
      for (const [, code] of line.matchAll(/`([^`]+)`/g))
        if (programs.test(code) && !isName(code)) found.push({ page, line: i + 1, command: code });
  }
  return found;
}
