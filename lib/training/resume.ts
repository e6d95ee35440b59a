import fs from 'node:fs/promises';
import { types } from 'node:util';
import type { NativeStateEntry } from '../addon/index.js';
import { internal } from '../checks/internal.js';
import { isPlainObject } from '../checks/kinds.js';
import { shown } from '../checks/shown.js';
import type { Ranks } from '../distributed/ranks.js';
import { allocated, errorWith, isOutOfMemory } from '../errors.js';
import { readChecked, readHeader } from '../formats/checked.js';
import { checkPath } from '../formats/files.js';
import { corrupt, type Header } from '../formats/safetensors.js';
import type { Source } from '../formats/source.js';
import type { Loss, LossLike } from '../losses/loss.js';
import { restoreExtras } from '../models/extras.js';
import type { NetworkDescription } from '../models/files.js';
import { slabOf } from '../models/model.js';
import { fits, nameOf } from '../optimizers/state.js';
import type { RunSpan } from '../schedules/span.js';
import { newestCheckpoint } from './checkpoint_folder.js';
import { type GivenSchedules, withFunctions } from './given_schedules.js';
import { Network, twinOf } from './network.js';
import { optionsFrom } from './options_json.js';
import { checkPosition, runFrom } from './saved_run.js';
import { format, type Image, imageMemory, version } from './trainer_file.js';
import { type TrainerOptions, Training } from './training.js';

/**
 * The newest whole checkpoint, if `from` is a folder; otherwise `from`.
 *
 * @throws GlissadeError `ERR_FILE` if the folder has none.
 */
export async function fileOf(from: unknown): Promise<unknown> {
  if (types.isUint8Array(from)) return from;
  const place = checkPath('from', from);
  const isFolder = await fs.stat(place).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) return place;
  const newest = await newestCheckpoint(place);
  if (newest === undefined) throw errorWith('ERR_FILE', `there is no whole checkpoint in ${place}`);
  return newest;
}

/** What the caller of `resume` supplies, because a file cannot hold it. */
interface Given {
  loss: Loss | undefined;
  ranks: Ranks | undefined;
  schedules: GivenSchedules;
}

/** A trainer that was read from its file. */
interface Resumed {
  model: Network;
  training: Training;
}

/**
 * Reads a trainer's file.
 *
 * @throws GlissadeError `ERR_CORRUPT_FILE`
 */
export async function readTrainer(source: Source, given: Given): Promise<Resumed> {
  const header = await readHeader(source);
  const { model, training, parsed, layout, memory } = await readChecked(source, header, (parsed) =>
    trainerFor(parsed, given),
  );
  const { extras, epochs, plateaus, run, span } = parsed.metadata;
  const count = Number(epochs);
  if (!Number.isSafeInteger(count) || count < 0) throw corrupt('the number of its epochs is not a whole number');
  restoreExtras(model, extras === undefined ? {} : objectOf(extras));
  training.restore(imageOf(layout, parsed, memory), {
    epochs: count,
    ...(plateaus !== undefined && { plateaus }),
    ...(run !== undefined && { run: runFrom(run) }),
    ...(span !== undefined && { span: spanOf(span) }),
  });
  if (training.interrupted) checkPosition(training.interrupted, { steps: training.steps, epochs: count });
  return { model, training };
}

/**
 * A model and its trainer for the header of a file, and memory for the data. No more is allocated than the data need.
 */
function trainerFor(parsed: Header, { loss, ranks, schedules }: Given) {
  const { metadata, entries } = parsed;
  if (metadata.format !== format) throw errorWith('ERR_CORRUPT_FILE', 'the file does not contain a trainer');
  if (metadata.version !== version)
    throw errorWith(
      'ERR_CORRUPT_FILE',
      `the file has version ${shown(metadata.version)} of the format of trainers; this version of glissade reads version ${version}`,
    );
  const parameters = entries.get('parameters');
  const network = objectOf(metadata.network) as unknown as NetworkDescription;
  const saved = optionsFrom(JSON.stringify(objectOf(metadata.options)));
  const options = withFunctions(saved, schedules) as TrainerOptions;
  options.loss = lossFor(options.loss, loss);
  options.ranks = ranks;
  if (!ranks) {
    delete options.batchStatistics;
    delete options.synchronize;
  }
  let isChecked = false; // whether the file has the network's parameters: further errors are not its fault
  try {
    const model = new Network(network, internal, (native, type) => {
      if (parameters?.dtype !== dtypes[type] || parameters.shape[0] !== native.parameterCount())
        throw corrupt('its parameters are not those of its network');
      isChecked = true;
      return slabOf(native, type);
    });
    const training = new Training(model, options, { mayResume: true, twinOf });
    const layout = training.native.imageLayout(entries.get('best')?.shape[0] === 0 ? 'none' : 'kept');
    for (const entry of layout.entries) {
      const { dtype, shape } = entries.get(nameOf(entry)) ?? {};
      if (dtype !== dtypes[entry.type] || shape?.length !== 1 || !fits(entry, shape[0]!))
        throw corrupt(`${nameOf(entry)} is missing or does not fit`);
    }
    // A trainer that goes on alone takes no outer steps.
    const outer = ranks ? 0 : ['outerStart', 'outerState'].filter((name) => entries.has(name)).length;
    if (entries.size !== layout.entries.length + outer)
      throw corrupt('it has tensors that no part of the trainer needs');
    const length = Array.from(entries.values(), ({ end }) => end).reduce((a, b) => Math.max(a, b), 0);
    const memory = allocated(length, () => new Uint8Array(length));
    return { model, training, parsed, layout, memory };
  } catch (error) {
    throw isChecked || isOutOfMemory(error) ? error : corrupt((error as Error).message);
  }
}

/**
 * The loss of a trainer: that of its file, or the given one if it is a custom loss, whose functions a file can't
 * contain.
 *
 * @throws TypeError `ERR_INVALID_ARGUMENT`
 */
function lossFor(saved: unknown, given: Loss | undefined): LossLike {
  const isCustom = (saved as Partial<Loss> | undefined)?.name === 'custom';
  if (isCustom && given?.name !== 'custom')
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      given === undefined
        ? "the trainer has a loss of losses.custom, whose functions a file can't contain; give the loss again, as Trainer.resume(from, { loss })"
        : `the trainer has a loss of losses.custom, but the given loss is ${given.name}`,
    );
  if (!isCustom && given !== undefined)
    throw errorWith(
      'ERR_INVALID_ARGUMENT',
      'the file contains the loss of its trainer; the option loss is for losses.custom',
    );
  return isCustom ? given! : (saved as LossLike);
}

const dtypes = { float32: 'F32', float64: 'F64', bfloat16: 'BF16', uint32: 'U32', uint8: 'U8' } as const;

/** The image that the tensors of a file make. */
function imageOf(
  { bytes, entries }: { bytes: number; entries: readonly NativeStateEntry[] },
  parsed: Header,
  data: Uint8Array,
): Image {
  const memory = imageMemory(bytes);
  for (const entry of entries) {
    const { begin, end } = parsed.entries.get(nameOf(entry))!;
    memory.set(data.subarray(begin, end), entry.offset);
  }
  return { entries, memory };
}

function spanOf(text: string): RunSpan {
  const { first, steps, stepsPerEpoch } = objectOf(text);
  for (const count of [first, steps, stepsPerEpoch])
    if (!Number.isSafeInteger(count) || (count as number) < 0) throw corrupt('the span of its schedules is not valid');
  return { first, steps, stepsPerEpoch } as RunSpan;
}

function objectOf(text: string | undefined): Record<string, unknown> {
  try {
    const json = JSON.parse(text!);
    if (isPlainObject(json)) return json as Record<string, unknown>;
  } catch {}
  throw corrupt('its metadata are not those of a trainer');
}
