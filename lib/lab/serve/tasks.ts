import { isPlainObject } from '../../checks/kinds.js';
import { checkOptions } from '../../checks/options.js';
import { Refusal } from '../../http/refusal.js';
import { openSource } from '../../tables/index.js';
import { experimentNamed } from '../named.js';
import { checkedRace, type RaceOptions } from '../race/race.js';
import { checkedCounterModel, checkedSettings, type ExperimentOptions } from '../run.js';
import type { Task } from './messages.js';

/** The default size of runs. */
export type Size = NonNullable<ExperimentOptions['size']>;

/** The task of a page's request for a run. Refuses the same input as the command line, with the same messages. */
export function experimentTask({ experiment: name, ...options }: Record<string, unknown>, usual: Size): Task {
  const experiment = experimentNamed(name as string);
  checkOptions(experiment.name, options, ['size', 'settings', 'counterModel']);
  const given: ExperimentOptions = { size: usual, ...options };
  const counterModel = checkedCounterModel(given);
  return {
    experiment: experiment.name,
    settings: checkedSettings(experiment, given),
    options: { size: given.size, counterModel },
  };
}

/** The task of a page's request for a race. `table` is the text of the table that the page has sent, if any. */
export function raceTask(given: Record<string, unknown>, table: string | undefined, usual: Size): Task {
  checkOptions('the race', given, ['data', 'entrants', 'size', 'settings']);
  const isOfTable = isPlainObject(given.data);
  if (isOfTable) checkOptions('data', given.data as { target: string }, ['target']);
  if (isOfTable && table === undefined)
    throw new Refusal(409, 'ERR_INVALID_ARGUMENT', 'this page has not sent a table yet');
  const data = isOfTable ? { csv: table, ...(given.data as { target: string }) } : given.data;
  const { settings, ...options } = { size: usual, ...given, data } as RaceOptions;
  return { experiment: 'race', settings: { ...checkedRace({ ...options, settings }).settings }, options };
}

/** The names of the columns of a table. Refuses a text that is no table. */
export async function columnsOf(csv: string): Promise<string[]> {
  const { fields } = await openSource({ csv });
  return fields.map(({ name }) => name);
}
