// Prints what a target of binding.gyp is made from, an item a line. CMake reads the same file, native/sources.json.
//   node native/flags.cjs sources|flags|defines glissade|exact_avx2|…
// The rooms of the core, and the binding, are compiled as one file each, which includes the sources of the room and is written
// here: headers are read once, which takes two fifths off the whole build.
const fs = require('node:fs');
const path = require('node:path');
const { core, team, binding, units, flags, instructionSets, overlays } = require('./sources.json');

const [list, target] = process.argv.slice(2);
const [unit, set] = target.split('_');
const capitalized = (word) => word[0].toUpperCase() + word.slice(1);

const setFlags = Object.assign({}, ...[instructionSets, overlays].flatMap(Object.values));

/** Writes a file for each folder of sources; a file that stays what it is isn't touched. Returns their paths. */
function writeRooms(sources) {
  const root = path.join(__dirname, '..');
  fs.mkdirSync(path.join(root, 'build/rooms'), { recursive: true });
  return [...new Set(sources.map(path.dirname))].map((room) => {
    const file = `build/rooms/${path.basename(room)}.cpp`;
    const inRoom = sources.filter((source) => path.dirname(source) === room);
    const text = inRoom.map((source) => `#include "../../${source}"\n`).join('');
    const isWritten = fs.existsSync(path.join(root, file)) && fs.readFileSync(path.join(root, file), 'utf8') === text;
    if (!isWritten) fs.writeFileSync(path.join(root, file), text);
    return file;
  });
}

const lists =
  set === undefined
    ? {
        // The binding first: it takes the longest, and the others beside it.
        sources: () => writeRooms([...binding, ...core, team[process.platform === 'linux' ? 'openmp' : 'threads']]),
        // What a source keeps to itself lies in an unnamed namespace, of which GCC warns in a file that is included.
        flags: () => [
          ...flags.common,
          ...flags.core,
          ...(process.platform === 'linux' ? ['-Wno-subobject-linkage'] : []),
        ],
        defines: () => [],
      }
    : {
        sources: () => units[unit],
        flags: () => [...flags.common, ...flags[unit], ...setFlags[set]],
        // The name of the function that a source exports: GLISSADE_EXACT=exactAvx2.
        defines: () =>
          units[unit]
            .map((source) => path.basename(source, '.cpp'))
            .map((name) => `GLISSADE_${name.toUpperCase()}=${name}${capitalized(set)}`),
      };
console.log(lists[list]().join('\n'));
