// npm run build:addon: builds the checkout's addon by node-gyp, which npm brings along. Yarn gives every package with a script
// that names node-gyp a dependency on it, of 37 packages; so no script in package.json does.
import { spawnSync } from 'node:child_process';

const { status, error } = spawnSync('node-gyp', ['configure', 'build'], { stdio: 'inherit' });
if (error) console.error(`node-gyp can't be started (${error.message}): run this by npm run build:addon`);
process.exitCode = status ?? 1;
