// Prints the sources, flags or defines of a target of binding.gyp, one a line. They are in native/sources.json, which
// CMake reads too.
//   node native/flags.cjs sources|flags|defines glissade|exact_avx2|…
// Each room of the core, and the binding, is compiled as one file, which is written here and includes the room's
// sources. Headers are then read once, which takes two fifths off the whole build.
const fs = require('node:fs');
const path = require('node:path');
const { core, binding, units, flags, instructionSets, overlays } = require('./sources.json');

const [list, target] = process.argv.slice(2);
const [unit, set] = target.split('_');
const capitalized = (word) => word[0].toUpperCase() + word.slice(1);

const setFlags = Object.assign({}, ...[instructionSets, overlays].flatMap(Object.values));

/** Writes a file for each folder of sources, unless it has this text already. Returns the files' paths. */
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
        // The binding is first because it takes longest: the others compile beside it.
        sources: () => writeRooms([...binding, ...core]),
        // GCC warns of unnamed namespaces in included files, and sources have unnamed namespaces.
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
