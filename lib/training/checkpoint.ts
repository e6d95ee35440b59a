import type { NativeNews, NativeRun, NativeRunOptions } from '../addon/index.js';
import { checkFunction, checkOptions, ifGiven, orDefault } from '../checks/options.js';
import { checkInteger, checkNumber, positive } from '../checks/ranges.js';
import { warn } from '../checks/warn.js';
import { errorWith } from '../errors.js';
import { openHeader } from '../formats/checked.js';
import { checkPath, fileError } from '../formats/files.js';
import type { TensorFile } from '../formats/safetensors.js';
import { sharedBytes } from '../numbers/memory.js';
import { CheckpointFolder } from './checkpoint_folder.js';
import { publish, publishRefusal } from './run_channels.js';
import type { Image } from './trainer_file.js';

/** When and where a run makes checkpoints. */
export interface CheckpointOptions {
  /**
   * The folder for the checkpoints, created if missing. Use it only for one run and its continuations, because older
   * checkpoints in the folder are deleted.
   */
  folder: string | URL;
  /** Seconds from one checkpoint to the next. Default 60, or none if `everySteps` is given. */
  everySeconds?: number | undefined;
  /** Number of a trainer's steps from one checkpoint to the next. Default: none. */
  everySteps?: number | undefined;
  /** Number of files that are kept. Default 3. */
  keep?: number | undefined;
  /**
   * Called after each checkpoint that has been written. If it throws, the run ends and rejects with that error.
   * Default: none.
   */
  onWritten?: ((checkpoint: WrittenCheckpoint) => void) | undefined;
}

/** A checkpoint that is on the disk. */
export interface WrittenCheckpoint {
  /** Path of the file. */
  file: string;
  /** Steps of the trainer at the checkpoint, including those of `step` and `stepAsync`. */
  steps: number;
}

/** What happens if a checkpoint can't be written. */
export type OnCheckpointError = (typeof onCheckpointErrors)[number];
export const onCheckpointErrors = ['warn', 'throw'] as const;

/** @throws TypeError, RangeError for options that don't fit. */
export function checkCheckpoint(given: unknown) {
  checkOptions('checkpoint', given as CheckpointOptions, ['folder', 'everySeconds', 'everySteps', 'keep', 'onWritten']);
  const { folder, everySeconds, everySteps, keep, onWritten } = given as CheckpointOptions;
  return {
    folder: checkPath('checkpoint.folder', folder),
    everySeconds: ifGiven(orDefault(everySeconds, everySteps === undefined ? 60 : undefined), (seconds) =>
      checkNumber('checkpoint.everySeconds', seconds, positive),
    ),
    everySteps: ifGiven(everySteps, (steps) => checkInteger('checkpoint.everySteps', steps, 1)),
    keep: checkInteger('checkpoint.keep', orDefault(keep, 3), 1),
    onWritten: ifGiven(onWritten, (call) => checkFunction('checkpoint.onWritten', call)),
  };
}

/** The checkpoints of a run: memory for an image, the folder, and what happens to errors. */
export class Checkpoints {
  readonly native: NonNullable<NativeRunOptions['checkpoint']>;
  readonly image: Image;
  readonly #run: string;
  readonly #folder: CheckpointFolder;
  readonly #onError: OnCheckpointError;
  readonly #onWritten: CheckpointOptions['onWritten'];
  readonly #described = new Map<number, WrittenCheckpoint>();
  #hasWarned = false;

  /**
   * @param run Id of the run.
   * @throws RangeError `ERR_OUT_OF_RANGE` if there is no memory; GlissadeError `ERR_FILE` for a folder that can't be
   *   made or read, with `onCheckpointError: 'throw'`.
   */
  constructor(
    run: string,
    { folder, everySeconds, everySteps, keep, onWritten }: ReturnType<typeof checkCheckpoint>,
    onError: OnCheckpointError,
    { bytes, entries }: { bytes: number; entries: Image['entries'] },
  ) {
    this.#run = run;
    this.#onError = onError;
    this.#onWritten = onWritten;
    this.#folder = new CheckpointFolder(folder, keep);
    const memory = sharedBytes(bytes);
    this.image = { entries, memory };
    this.native = { everySeconds, everySteps, image: memory };
    try {
      this.#folder.open();
    } catch (error) {
      this.#refuse(fileError(`can't make checkpoints in ${folder}`, error));
    }
  }

  /** Describes the file of an image, which is then written. */
  describe(run: NativeRun, { number, steps }: { number: number; steps: number }, file: TensorFile): void {
    const { header, checksumAt } = openHeader(file);
    const { byteOffset } = this.image.memory;
    const pieces = Array.from(file.tensors.values(), ({ data }) => [data.byteOffset - byteOffset, data.byteLength]);
    const { file: target, obsolete } = this.#folder.next();
    this.#described.set(number, { file: target, steps });
    run.writeCheckpoint(number, target, header, checksumAt, Float64Array.from(pieces.flat()), obsolete);
  }

  /**
   * Records which checkpoints were written.
   *
   * @throws GlissadeError `ERR_FILE` and others for a file that was not written, with `onCheckpointError: 'throw'`;
   *   what `onWritten` throws.
   */
  settle(written: NativeNews['written']): void {
    for (const { code } of written) {
      if (code !== undefined) continue;
      this.#folder.noteWritten();
      this.#hasWarned = false;
    }
    for (const { number, code, message } of written) {
      const checkpoint = this.#described.get(number)!;
      this.#described.delete(number);
      if (code !== undefined) this.#refuse(errorWith(code, message));
      else {
        publish('glissade:run:checkpoint', () => ({ run: this.#run, ...checkpoint }));
        this.#onWritten?.(checkpoint);
      }
    }
  }

  /** Warns once, until a checkpoint is written again. */
  #refuse(error: Error): void {
    if (this.#onError === 'throw') throw error;
    publishRefusal('checkpoint', error, this.#run);
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    warn('GLISSADE_CHECKPOINT', `${error.message}. The run goes on without this checkpoint.`);
  }
}
