import { spawnSync } from 'node:child_process';

/** The program of Debian's fastText, which programs of Python call, and its version as Debian has it. */
export function fastText() {
  if (spawnSync('fasttext').error) return undefined;
  const { status, stdout } = spawnSync('dpkg-query', ['-W', '-f', `\${Version}`, 'fasttext'], { encoding: 'utf8' });
  return { command: ['python3'], version: status === 0 ? stdout.split('+')[0] : undefined };
}
