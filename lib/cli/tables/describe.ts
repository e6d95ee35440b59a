import { withProgress } from '../progress.js';
import { type GivenColumns, readTable } from './read_table.js';

interface DescribeCommandOptions extends GivenColumns {
  json?: boolean;
}

/** Runs `glissade describe`. */
export async function describeCommand(file: string, options: DescribeCommandOptions): Promise<void> {
  const text = await withProgress(async (progress) => {
    const data = await readTable(file, options, progress);
    const description = data.describe();
    return options.json ? JSON.stringify({ file: data.name, ...description }) : String(description);
  });
  console.log(text);
}
