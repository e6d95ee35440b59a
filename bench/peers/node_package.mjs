import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** Node's command and the version of a package. Undefined if the package is not installed. */
export function nodeWith(name) {
  try {
    return { command: [process.execPath], version: require(`${name}/package.json`).version };
  } catch {}
}
