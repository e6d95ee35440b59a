// npm run build:addon: builds the checkout's addon by node-gyp, which comes with npm. Yarn gives each package a
// dependency on node-gyp (37 packages) if one of its scripts names it; so no script in package.json does.
import { spawnSync } from 'node:child_process';

const { status, error } = spawnSync('node-gyp', ['configure', 'build'], { stdio: 'inherit' });
if (error) console.error(`node-gyp can't be started (${error.message}): run this by npm run build:addon`);
process.exitCode = status ?? 1;
