import fs from 'node:fs';
import { orDefault } from '../checks/options.js';
import { checkInteger } from '../checks/ranges.js';
import { errorWith } from '../errors.js';
import { writeAtomically } from '../formats/files.js';
import { from } from '../schedules/index.js';
import { lengthOf, type Schedule } from '../schedules/schedule.js';
import { asciiCurve } from './ascii_curve.js';
import { type Curve, points } from './curve.js';
import { numberOr } from './number.js';
import { defaultSteps } from './schedule_examples.js';
import { svgCurve } from './svg_curve.js';
import { checkOutputs } from './writable.js';

interface ScheduleCommandOptions {
  first?: string;
  steps?: string;
  log?: boolean;
  out?: string;
  json?: boolean;
}

/** Returns the text that `glissade schedule` prints. With `out`, writes an SVG as well. */
export async function schedule(json: string, options: ScheduleCommandOptions): Promise<string> {
  const { out } = options;
  await checkOutputs({ files: { out } }, { 'the standard input': json === '-' ? '/dev/stdin' : undefined });
  const shown = parsed(json === '-' ? fs.readFileSync(0, 'utf8') : json);
  const first = wholeNumber('--first', orDefault(options.first, '0'), 0);
  const count = wholeNumber('--steps', orDefault(options.steps, String(lengthOf(shown) ?? defaultSteps)), 1);
  checkInteger('the last step', first + count - 1, 0);
  const curve: Curve = {
    title: `${shown.description.name} schedule`,
    description: JSON.stringify(shown),
    first,
    count,
    logarithmic: options.log ?? false,
    at: shown,
  };
  if (curve.logarithmic && !points(curve, 1000).some(({ value }) => value > 0))
    throw errorWith('ERR_OUT_OF_RANGE', 'Expected values > 0 for --log, but none of them is');
  const { columns = 80, rows = 24 } = process.stdout;
  const drawn = options.json ? values(shown, first, count) : asciiCurve(curve, columns, rows);
  if (out !== undefined) await writeAtomically(out, Buffer.from(svgCurve(curve)));
  return drawn;
}

function parsed(json: string): Schedule {
  let description: unknown;
  try {
    description = JSON.parse(json);
  } catch (error) {
    const reason = (error as Error).message.replaceAll(/\s+/g, ' ');
    throw errorWith('ERR_INVALID_ARGUMENT', `Expected a schedule as JSON: ${reason}`);
  }
  return typeof description === 'number'
    ? from({ name: 'constant', value: description })
    : from(description as { name: string });
}

function wholeNumber(name: string, text: string, least: number): number {
  return checkInteger(name, numberOr(text), least);
}

const values = (shown: Schedule, first: number, count: number) =>
  JSON.stringify({ schedule: shown, first, values: Array.from(shown.tabulate(first, count)) });
