/** The folders of test/ that are run on WebAssembly. */
export const folders = ['optimizers', 'schedules', 'layers', 'losses', 'models', 'training', 'data', 'numbers'];

const checkpoints = 'a run on WebAssembly writes no checkpoints: it has no files';
const mapped = 'WebAssembly has no mapped files';
const threads = 'each thread of JavaScript has a WebAssembly module of its own, so models are not shared';
const foreign = "a SharedArrayBuffer of the user's is copied, as it is not in the module's memory";

/** @type {import('../suite.mjs').LeftOut[]} */
export const leftOut = [
  { file: 'test/data/dataset_file', reason: mapped },
  { file: 'test/training/mapped_runs', reason: mapped },
  { file: 'test/models/shared', reason: threads },
  { file: 'test/training/custom_losses', test: 'is read by another thread', reason: threads },
  { file: 'test/models/precision', test: 'can be marked in shared memory', reason: foreign },
  { file: 'test/optimizers/refusals', test: 'two shared buffers share', reason: foreign },
  {
    file: 'test/models/files',
    test: 'a layer too large',
    reason: 'its size is refused earlier, by a limit of 32 bits',
  },
  { file: 'test/layers/large_arguments', test: 'silu', reason: 'WebAssembly does not flush denormal numbers to zero' },
  { file: 'test/schedules/custom', test: 'resumes from a checkpoint', reason: checkpoints },
  { file: 'test/training/checkpoint.', reason: checkpoints },
  { file: 'test/training/combinations', reason: checkpoints },
  { file: 'test/training/crafted_files', reason: checkpoints },
  { file: 'test/training/custom_losses', test: 'a resumed trainer', reason: checkpoints },
  { file: 'test/training/interruptions', reason: checkpoints },
  { file: 'test/training/kills', reason: checkpoints },
  { file: 'test/training/run_channels', reason: checkpoints },
  { file: 'test/training/run_logs', test: 'a new file for a resumed run', reason: checkpoints },
  { file: 'test/training/run_metrics', test: 'accepts them again when it resumes', reason: checkpoints },
  { file: 'test/training/single_reads', test: 'resumes', reason: checkpoints },
];
