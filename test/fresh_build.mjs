// Some tests start child processes, which load the package as its users do: from dist. It must not be older than lib.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

const newest = (folder) =>
  Math.max(
    ...fs
      .readdirSync(root + folder, { recursive: true })
      .map((file) => fs.statSync(`${root}${folder}/${file}`).mtimeMs),
  );

export default function () {
  const isBuilt = fs.existsSync(`${root}dist/cjs/package.json`); // what a build writes last
  if (!isBuilt || newest('dist') < newest('lib'))
    execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: root, stdio: 'inherit' });
}
