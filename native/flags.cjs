// The sources, flags and defines of the addon's targets, from native/sources.json, which CMake reads too.
//   node native/flags.cjs sources|flags|defines glissade|exact_avx2|…
// prints a list, one item a line, for binding.gyp. `require` gives the lists to lib/cli/addon.
// Each folder of the core, and the binding, is compiled as one file, which is written here and includes the
// folder's sources. Headers are then read once, which takes two fifths off the whole build.
const fs = require('node:fs');
const path = require('node:path');
const {
  core,
  systems,
  binding,
  defines,
  units,
  flags,
  gnuFlags,
  instructionSets,
  overlays,
  strongest,
} = require('./sources.json');

const root = path.join(__dirname, '..');
const capitalized = (word) => word[0].toUpperCase() + word.slice(1);
const setFlags = Object.assign({}, ...[instructionSets, overlays].flatMap(Object.values));

/**
 * Whether a build for a system has code for an instruction set. macOS does not announce AVX-512 in XCR0, and no Mac has
 * AMX. Windows grants AMX's tiles to a process that asks for them; the addon does not ask.
 */
const isBuilt = (set, architecture, system) => {
  const sets = [instructionSets, overlays].flatMap((some) => Object.keys(some[architecture] ?? {}));
  const last = sets.indexOf(strongest[system]);
  return last < 0 || sets.indexOf(set) <= last;
};

/** Writes a file for each folder of sources, unless it has this text already. Returns the files' paths. */
function writeRooms(sources) {
  fs.mkdirSync(path.join(root, 'build/rooms'), { recursive: true });
  return [...new Set(sources.map(path.dirname))].map((room) => {
    const file = `build/rooms/${room.replace(/^native\/(core\/)?/, '').replaceAll('/', '_')}.cpp`;
    const inRoom = sources.filter((source) => path.dirname(source) === room);
    const text = inRoom.map((source) => `#include "../../${source}"\n`).join('');
    const isWritten = fs.existsSync(path.join(root, file)) && fs.readFileSync(path.join(root, file), 'utf8') === text;
    if (!isWritten) fs.writeFileSync(path.join(root, file), text);
    return file;
  });
}

/** The units' targets for an architecture, as exact_avx2. Empty for an architecture without kernels. */
const unitTargets = (architecture, system) => {
  const setsOf = (some) => Object.keys(some[architecture] ?? {}).filter((set) => isBuilt(set, architecture, system));
  return [
    ...setsOf(instructionSets).flatMap((set) => [`exact_${set}`, `fused_${set}`]),
    ...setsOf(overlays).map((set) => `bfloat16_${set}`),
  ];
};

/** The architectures that have kernels. */
const architectures = Object.keys(instructionSets);

/**
 * The lists of a target, for GCC or for a compiler with Clang's flags, and for a system by Node's name of it. Sources are
 * relative to the package.
 */
function listsOf(target, isGnu, system = process.platform) {
  const [unit, set] = target.split('_');
  const kind = set === undefined ? 'core' : unit;
  return {
    // The binding is first because it takes longest: the others compile beside it.
    sources: () => (set === undefined ? writeRooms([...binding, ...core, ...(systems[system] ?? [])]) : units[unit]),
    flags: () => [
      ...flags.common,
      ...flags[kind],
      ...(isGnu ? (gnuFlags[kind] ?? []) : []),
      ...(set === undefined ? [] : setFlags[set]),
    ],
    // Of a unit, the name of the function that it exports: GLISSADE_EXACT=exactAvx2.
    defines: () =>
      set === undefined
        ? [...defines, ...(strongest[system] ? [`GLISSADE_STRONGEST=${strongest[system]}`] : [])]
        : units[unit]
            .map((source) => path.basename(source, '.cpp'))
            .map((name) => `GLISSADE_${name.toUpperCase()}=${name}${capitalized(set)}`),
  };
}

module.exports = { architectures, unitTargets, listsOf };

if (require.main === module) {
  const [list, target] = process.argv.slice(2);
  const isGnu = process.platform === 'linux' && !/clang/.test(process.env.CXX ?? '');
  console.log(listsOf(target, isGnu)[list]().join('\n'));
}
