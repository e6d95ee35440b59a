const signals = 'the system ends a process that gets a signal of another one: Windows delivers none';
const links = 'Node under Wine reads no symbolic links';
const proc = 'it reads /proc, or what else only Linux has';
const pipes = 'the output of a child process to a pipe is lost under Wine';
const sources = "it checks the sources or the build, by paths of POSIX or by npm's command on the PATH";
const compilers = 'npx glissade build compiles nothing on Windows';

/**
 * Tests that fail under Wine for a reason that is not a fault of the package. `file` is the beginning of a path, `test` a
 * part of a name. Tests by these names that pass all the same are counted as passed.
 */
export const leftOut = [
  { file: 'test/cli/tables/interruptions', reason: signals },
  { file: 'test/cli/tables/train', test: 'Ctrl-C', reason: signals },
  { file: 'test/cli/tables/commands', test: 'when it is interrupted', reason: signals },
  { file: 'test/lab/serve/bench', test: 'SIG', reason: signals },
  { file: 'test/lifetimes/programs', test: 'SIG', reason: signals },
  { file: 'test/examples/service', reason: signals },
  { file: 'test/formats/files', test: 'was killed', reason: signals },
  { file: 'test/formats/files', test: 'another name', reason: signals },
  { file: 'test/cli/tables/outputs', reason: links },
  { file: 'test/formats/files', reason: `${links}; it has no modes of files, no full disk and no shell` },
  { file: 'test/formats/folders', reason: links },
  { file: 'test/lab/serve/bench', reason: proc },
  { file: 'test/lab/serve/races', reason: proc },
  { file: 'test/runtime', reason: proc },
  { file: 'test/quota', reason: proc },
  { file: 'test/training/memory', test: 'large pages', reason: proc },
  { file: 'test/distributed/joining', reason: 'MPI is not supported on Windows' },
  { file: 'test/distributed/shards', reason: pipes },
  { file: 'test/lifetimes/programs', test: 'processes are started', reason: pipes },
  { file: 'test/pages/pictures', reason: pipes },
  { file: 'test/examples/convergence', reason: pipes },
  { file: 'test/cli/build', reason: compilers },
  { file: 'test/rooms', reason: sources },
  { file: 'test/definitions', reason: sources },
  { file: 'test/package', reason: sources },
  { file: 'test/mutants', reason: sources },
  { file: 'test/scripts', reason: sources },
  { file: 'test/docs/links', reason: sources },
  { file: 'test/docs/csv_to_server', reason: `${links}, as the folder of installed packages has` },
  { file: 'test/addon/diagnosis', reason: 'it expects the paths of POSIX in a message' },
  {
    file: 'test/cli/tables/train',
    test: 'name too long',
    reason: 'Windows calls a name that is too long a missing one',
  },
  { file: 'test/tables/serving/clients', reason: 'Wine resets a connection whose client is still sending' },
  {
    file: 'test/data/dataset_file',
    reason: 'Windows neither replaces nor opens for writing a file that a dataset maps (docs/deployment.md)',
  },
  {
    file: 'test/lab/experiments',
    test: 'curvature',
    reason: "sums of many eigenvalues in float64 depend on the last bits of the C library's exp",
  },
];
