// Prints what a target of binding.gyp is made from, an item a line. CMake reads the same file, native/sources.json.
//   node native/flags.cjs sources|flags|defines glissade|exact_avx2|…
const path = require('node:path');
const { core, team, binding, units, flags, instructionSets, overlays } = require('./sources.json');

const [list, target] = process.argv.slice(2);
const [unit, set] = target.split('_');
const capitalized = (word) => word[0].toUpperCase() + word.slice(1);

const setFlags = Object.assign({}, ...[instructionSets, overlays].flatMap(Object.values));

const lists =
  set === undefined
    ? {
        sources: [...core, team[process.platform === 'linux' ? 'openmp' : 'threads'], ...binding],
        flags: [...flags.common, ...flags.core],
        defines: [],
      }
    : {
        sources: units[unit],
        flags: [...flags.common, ...flags[unit], ...setFlags[set]],
        // The name of the function that a source exports: GLISSADE_EXACT=exactAvx2.
        defines: units[unit]
          .map((source) => path.basename(source, '.cpp'))
          .map((name) => `GLISSADE_${name.toUpperCase()}=${name}${capitalized(set)}`),
      };
console.log(lists[list].join('\n'));
