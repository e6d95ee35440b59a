// Prints the JSON of a step on a simulated network: its time in µs, the time of its exchanges, and the share of them
// that is hidden behind other work. Arguments, each as JSON: a network (network.mjs), a Work (measured.mjs), and the
// settings of the simulator.
import { overNetwork } from './measured.mjs';
import { free } from './network.mjs';

const [network, work, simulator] = process.argv.slice(2).map((text) => JSON.parse(text));
const { median: without } = overNetwork(simulator, work, free);
const { median: step, wire } = overNetwork(simulator, work, network);
console.log(JSON.stringify({ step, without, wire, hidden: 100 * (1 - (step - without) / wire) }));
