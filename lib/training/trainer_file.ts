import type { FloatArray, NativeStateEntry } from '../addon/index.js';
import { allocated } from '../errors.js';
import type { TensorFile } from '../formats/safetensors.js';
import { extrasOf } from '../models/extras.js';
import type { Model } from '../models/model.js';
import { viewOf } from '../numbers/memory.js';
import type { Plan } from '../optimizers/plan.js';
import { plateausOf, tensorsOf } from '../optimizers/state.js';
import { type SavedRun, savedJson } from './interrupted.js';

export const format = 'glissade.trainer';
export const version = '1';

/** All that the later steps of a trainer depend on, in one piece of memory. */
export interface Image {
  readonly entries: readonly NativeStateEntry[];
  readonly memory: Uint8Array;
}

/** Memory for an image, filled with zeros. */
export const imageMemory = (bytes: number): Uint8Array => allocated(bytes, () => new Uint8Array(bytes));

/** An array of an image that belongs to the trainer or its run, not to the rule. */
export function arrayOf({ entries, memory }: Image, name: 'run' | 'best' | 'lastRecord'): FloatArray {
  const { type, offset, length } = entries.find((entry) => entry.name === name)!;
  return viewOf(memory, type, offset, length) as FloatArray;
}

/** The metadata of a trainer's file. */
interface Description {
  model: Model;
  /** The options of the trainer (options_json.ts). */
  options: string;
  plan: Plan;
  /** Number of epochs that had begun before the run under way. */
  epochs: number;
  run: SavedRun | undefined;
}

/** The file of a trainer. */
export function trainerFile({ model, options, plan, epochs, run }: Description, image: Image): TensorFile {
  const extras = extrasOf(model);
  return {
    tensors: tensorsOf(image.entries, image.memory),
    metadata: {
      format,
      version,
      network: JSON.stringify(model),
      ...(Object.keys(extras).length > 0 && { extras: JSON.stringify(extras) }),
      options,
      epochs: String(epochs),
      ...plateausOf(plan),
      ...(plan.run && { span: JSON.stringify(plan.run) }),
      ...(run && { run: savedJson(run) }),
    },
  };
}
