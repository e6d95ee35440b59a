// Ends the process with code 7 while a network trains, after as many milliseconds as the argument says.
import { adam, Dataset, dense, network } from 'glissade';

const inputs = Float32Array.from({ length: 512 * 64 }, (_, i) => Math.sin(i));
const targets = Float32Array.from({ length: 512 }, (_, i) => i % 10);
const data = new Dataset({ inputs, targets, columns: 64 });
const model = network({ inputs: 64, layers: [dense(64, { activation: 'relu' }), dense(10)], seed: 1 });
model.fit(data, { loss: 'crossEntropy', optimizer: adam(), batchSize: 32, epochs: 1e6 });
setTimeout(() => process.exit(7), Number(process.argv[2] ?? 0));
