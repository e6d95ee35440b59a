import fs from 'node:fs';

/** The rows of a split, from a file of prepare.mjs: those to train on and those that are held out. */
export function splitOf(file, number) {
  const { rows, heldOut } = JSON.parse(fs.readFileSync(file, 'utf8'));
  const away = new Set(heldOut[number - 1]);
  return {
    training: rows.filter((_, row) => !away.has(row)),
    held: rows.filter((_, row) => away.has(row)),
  };
}

/** The accuracy in %. */
export const accuracyOf = (predicted, held) =>
  (100 * held.filter(({ label }, row) => predicted[row] === label).length) / held.length;

/** Seconds of processor time of this process, of all its threads. */
export function processorSeconds() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
