// Prints a list of native/sources.json for binding.gyp, an item a line. CMake reads the same file.
//   node native/flags.cjs sources core|binding       node native/flags.cjs flags core|exact|fused [instructionSet]
const { core, binding, units, flags, instructionSets } = require('./sources.json');

const [list, name, set] = process.argv.slice(2);
const ofSet = Object.assign({}, ...Object.values(instructionSets))[set] ?? [];
const lists = { sources: { core, binding, ...units }, flags: { core: [], exact: [], fused: [] } };
for (const kind of Object.keys(lists.flags)) lists.flags[kind] = [...flags.common, ...flags[kind], ...ofSet];

console.log([lists[list][name]].flat().join('\n'));
