import { openProgress } from '../progress.js';
import { type ColumnsSaid, readTable } from './read_table.js';

export interface DescribeCommandOptions extends ColumnsSaid {
  json?: boolean;
}

/** Runs `glissade describe`. */
export async function describeCommand(file: string, options: DescribeCommandOptions): Promise<void> {
  const progress = openProgress();
  try {
    const data = await readTable(file, options, progress);
    const description = data.describe();
    progress.close();
    console.log(options.json ? JSON.stringify({ file: data.name, ...description }) : String(description));
  } finally {
    progress.close();
  }
}
