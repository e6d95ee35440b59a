// Builds dist if it is older than lib. Some tests start child processes that load the package from dist, as users do.
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
  const last = `${root}dist/cjs/package.json`; // of a build
  if (!fs.existsSync(last) || fs.statSync(last).mtimeMs < newest('lib'))
    execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: root, stdio: 'inherit' });
}
