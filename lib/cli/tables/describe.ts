import { table } from '../../tables/index.js';
import { openProgress } from '../progress.js';

/** Runs `glissade describe`. */
export async function describeCommand(file: string, options: { json?: boolean }): Promise<void> {
  const progress = openProgress();
  try {
    const data = await table(file, {
      onRows: (rows) => progress.show(`reading: ${rows.toLocaleString('en')} rows`, 0),
    });
    const description = data.describe();
    progress.close();
    console.log(options.json ? JSON.stringify({ file: data.name, ...description }) : String(description));
  } finally {
    progress.close();
  }
}
