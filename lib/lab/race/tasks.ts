import { checkOptions } from '../../checks/options.js';
import { invalid } from '../../checks/shown.js';
import { Dataset } from '../../index.js';
import { type Digits, digitPixels, digits } from '../data.js';
import { fashionMnist } from '../fashion_mnist.js';
import { type CsvData, tableTask } from './table_task.js';
import { type Division, divided, type RaceTask } from './task.js';

/** The data of a race. */
export type RaceData = 'digits' | 'fashion-mnist' | CsvData;

export const dataNames = ['digits', 'fashion-mnist'] as const;

/** @throws TypeError unless it is a name, or a table with the name of its target. */
export function checkData(data: unknown): RaceData {
  if (typeof data === 'string' && (dataNames as readonly string[]).includes(data)) return data as RaceData;
  if (typeof data !== 'object' || data === null)
    throw invalid('data', `${dataNames.map((name) => `"${name}"`).join(', ')} or { csv, target }`, data);
  checkOptions('data', data as CsvData, ['csv', 'target']);
  const { csv, target } = data as CsvData;
  if (typeof csv !== 'string') throw invalid('data.csv', 'the text of a CSV file', csv);
  if (typeof target !== 'string') throw invalid('data.target', 'the name of a column', target);
  return { csv, target };
}

/** @throws GlissadeError `ERR_UNSUPPORTED_PLATFORM` if the data are not installed; TypeError for an unusable table. */
export async function taskOf(data: RaceData, division: Division): Promise<RaceTask> {
  if (typeof data !== 'string') return tableTask(data, division);
  return data === 'digits'
    ? imageTask('handwritten digits', await digits(), division)
    : imageTask('images of clothes', await fashionMnist('training'), division);
}

function imageTask(what: string, { images, labels }: Digits, { examples, seed }: Division): RaceTask {
  const all = new Dataset({ inputs: images, columns: digitPixels, scale: 1 / 255, targets: labels });
  const { training, heldOut } = divided(labels.length, { examples, seed });
  const parts = { training: all.select(training), heldOut: all.select(heldOut) };
  all.dispose();
  return { about: `${training.length} ${what}`, ...parts, outputs: 10, loss: 'crossEntropy', score: 'accuracy' };
}
