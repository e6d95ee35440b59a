// Prints what a target of binding.gyp is made from, an item a line. CMake reads the same file, native/sources.json.
//   node native/flags.cjs sources|flags|defines glissade|exact_avx2|…
const { core, binding, units, flags, instructionSets } = require('./sources.json');

const [list, target] = process.argv.slice(2);
const [unit, set] = target.split('_');
const capitalized = (word) => word[0].toUpperCase() + word.slice(1);

const lists =
  set === undefined
    ? { sources: [...core, ...binding], flags: [...flags.common, ...flags.core], defines: [] }
    : {
        sources: [units[unit]],
        flags: [...flags.common, ...flags[unit], ...Object.assign({}, ...Object.values(instructionSets))[set]],
        defines: [`GLISSADE_${unit.toUpperCase()}=${unit}${capitalized(set)}`],
      };
console.log(lists[list].join('\n'));
