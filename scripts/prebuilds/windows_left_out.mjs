const signals = 'the system ends a process that gets a signal of another one: Windows delivers none';
const links = { reason: 'Node under Wine reads no symbolic links', ofWine: true };
const resets = { reason: 'Wine resets a connection whose client is still sending', ofWine: true };
const proc = 'it reads /proc or another thing that only Linux has';
const pipes = { reason: 'the output of a child process to a pipe is lost under Wine', ofWine: true };
const sources = "it checks the sources or the build, by paths of POSIX or by git's or npm's command on the PATH";
const pipesAndShells = 'it needs named pipes, /dev/full, /dev/null or bash';
const mapped = 'Windows may refuse to replace, truncate or delete a file that a dataset maps (docs/deployment.md)';
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
  { file: 'test/cli/tables/outputs', ...links },
  { file: 'test/formats/files', reason: 'it needs modes of files, a full disk, a shell or symbolic links' },
  { file: 'test/formats/folders', ...links },
  { file: 'test/addon/fallback', ...links },
  { file: 'test/lab/serve/bench', reason: proc },
  { file: 'test/lab/serve/races', reason: proc },
  { file: 'test/runtime', reason: proc },
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
  { file: 'test/package', reason: sources },
  { file: 'test/mutants', reason: sources },
  { file: 'test/scripts', reason: sources },
  { file: 'test/docs/links', reason: sources },
  { file: 'test/docs/reference', test: 'each variable', reason: sources },
  { file: 'test/docs/csv_to_server', ...links },
  { file: 'test/addon/diagnosis', reason: 'it expects the paths of POSIX in a message' },
  {
    file: 'test/cli/tables/train',
    test: 'mmmmmmmm',
    reason: 'Windows calls a name that is too long a missing one',
  },
  { file: 'test/tables/serving/clients', ...resets },
  { file: 'test/tables/serving/serve_model', test: 'slow clients', ...resets },
  { file: 'test/data/dataset_file', reason: mapped },
  { file: 'test/fuzz/replay', test: 'dataset handles', reason: mapped },
  {
    file: 'test/lab/experiments',
    test: 'curvature',
    reason: "sums of many eigenvalues in float64 depend on the last bits of the C library's exp",
  },
];
