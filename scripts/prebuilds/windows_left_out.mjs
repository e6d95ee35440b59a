const signals = 'the system ends a process that gets a signal of another one: Windows delivers none';
const links = { reason: 'Node under Wine reads no symbolic links', ofWine: true };
const resets = { reason: 'Wine resets a connection whose client is still sending', ofWine: true };
const proc = 'it reads /proc or another thing that only Linux has';
const pipes = { reason: 'the output of a child process to a pipe is lost under Wine', ofWine: true };
const sources = "it checks the sources or the build, by paths of POSIX or by git's or npm's command on the PATH";
const pipesAndShells = 'it needs named pipes, /dev/full, /dev/null or bash';
const mapped = 'Windows may refuse to replace, truncate or delete a file that a dataset maps (docs/deployment.md)';
const otherErrors = 'Windows gives another error for it';
const compilers = 'npx glissade build compiles nothing on Windows';

/**
 * Tests that fail on Windows for a reason that is not a fault of the package; `ofWine`: only under Wine. Tests by these
 * names that pass all the same are counted as passed; an entry whose tests all pass is an error.
 *
 * @type {(import('../suite.mjs').LeftOut & { ofWine?: boolean })[]}
 */
export const leftOut = [
  { file: 'test/cli/tables/interruptions', reason: signals },
  { file: 'test/cli/tables/train', test: 'Ctrl-C', reason: signals },
  { file: 'test/cli/tables/commands', test: 'when it is interrupted', reason: signals },
  { file: 'test/cli/tables/serve', test: 'SIG', reason: signals },
  { file: 'test/cli/tables/forecast', test: 'answers with the next values', reason: signals },
  { file: 'test/lab/serve/bench', test: 'SIG', reason: signals },
  { file: 'test/lifetimes/programs', test: 'SIG', reason: signals },
  { file: 'test/cli/lab.', test: 'when it is interrupted', reason: signals },
  { file: 'test/examples/service', reason: signals },
  { file: 'test/formats/files', test: 'was killed', reason: signals },
  { file: 'test/formats/files', test: 'another name', reason: signals },
  { file: 'test/formats/files', test: 'symbolic link', ...links },
  { file: 'test/formats/files', test: 'cyclic links', ...links },
  { file: 'test/formats/files', test: 'keeps the mode', reason: 'files have no modes on Windows' },
  { file: 'test/formats/files', test: 'if the disk is full', reason: pipesAndShells },
  { file: 'test/formats/files', test: 'a pipe', reason: pipesAndShells },
  { file: 'test/formats/files', test: 'then its folder is synced', reason: 'Windows syncs no folders' },
  { file: 'test/formats/files', test: 'are reported in a sentence: a folder', reason: otherErrors },
  { file: 'test/formats/files', test: 'are reported in a sentence: a name that is too long', reason: otherErrors },
  { file: 'test/formats/files', test: 'a path ', reason: 'on Windows, URLs of files have drives or hosts' },
  { file: 'test/cli/tables/outputs', test: 'through a link', ...links },
  { file: 'test/cli/tables/outputs', test: 'can be a link', ...links },
  { file: 'test/cli/tables/outputs', test: 'equal outputs under different names', ...links },
  { file: 'test/cli/tables/outputs', test: 'an output that is also an input', ...links },
  { file: 'test/cli/tables/outputs', test: 'trying an output leaves no file', ...links },
  { file: 'test/formats/folders', ...links },
  { file: 'test/addon/fallback', ...links },
  { file: 'test/lab/serve/bench', test: 'runs without an audience', reason: proc },
  { file: 'test/lab/serve/bench', test: 'ends when its page stops it', reason: proc },
  { file: 'test/lab/serve/bench', test: 'the error message of the command line', ...pipes },
  { file: 'test/lab/serve/races', test: 'ends ', reason: proc },
  { file: 'test/runtime', test: 'gives a priority', reason: proc },
  { file: 'test/quota', reason: proc },
  { file: 'test/training/memory', test: 'large pages', reason: proc },
  { file: 'test/distributed/joining', reason: 'MPI is not supported on Windows' },
  { file: 'test/distributed/shards', ...pipes },
  { file: 'test/lifetimes/programs', test: 'processes are started', ...pipes },
  { file: 'test/pages/pictures', ...pipes },
  { file: 'test/pages/picture.', reason: 'npm has installed esbuild for Linux alone', ofWine: true },
  { file: 'test/examples/convergence', ...pipes },
  { file: 'test/tables/readers/malformed', test: 'a pipe', reason: pipesAndShells },
  { file: 'test/training/run_logs', test: 'on a full disk', reason: pipesAndShells },
  { file: 'test/training/run_logs', test: 'a pipe without a reader', reason: pipesAndShells },
  { file: 'test/training/run_logs', test: 'fits on the disk only in part', reason: pipesAndShells },
  { file: 'test/training/run_channels', test: 'a refusal if a checkpoint', reason: pipesAndShells },
  { file: 'test/tables/readers/file_names', reason: 'Windows forbids the asterisk in names of files' },
  { file: 'test/cli/build', reason: compilers },
  { file: 'test/rooms', reason: sources },
  { file: 'test/definitions', reason: sources },
  { file: 'test/package', test: 'bill of materials', reason: sources },
  { file: 'test/mutants', reason: sources },
  { file: 'test/scripts', reason: sources },
  { file: 'test/docs/links', reason: sources },
  { file: 'test/docs/reference', test: 'each variable', reason: sources },
  { file: 'test/docs/csv_to_server', ...links },
  { file: 'test/addon/diagnosis', reason: 'it expects the paths of POSIX in a message' },
  {
    file: 'test/cli/tables/train',
    test: 'mmmmmmmm',
    reason: otherErrors,
  },
  { file: 'test/tables/serving/clients', test: 'skipped requests', ...resets },
  { file: 'test/tables/serving/clients', test: 'still sending', ...resets },
  { file: 'test/tables/serving/serve_model', test: 'slow clients', ...resets },
  { file: 'test/data/dataset_file', test: 'stays readable while it is open', reason: mapped },
  { file: 'test/data/dataset_file', test: 'any byte changed', reason: mapped },
  { file: 'test/data/dataset_file', test: 'offsets that end early', reason: mapped },
  { file: 'test/fuzz/replay', test: 'dataset handles', reason: mapped },
  {
    file: 'test/lab/experiments',
    test: 'curvature',
    reason: "sums of many eigenvalues in float64 depend on the last bits of the C library's exp",
  },
];
