import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** Node, where a package is installed, and the package's version. */
export function nodeWith(name) {
  try {
    return { command: [process.execPath], version: require(`${name}/package.json`).version };
  } catch {}
}
