// Prints the 99th percentile of the event loop delay in ms, over 3 s in which a network trains on digits ("train") or
// nothing runs ("idle").
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { digits } from '../../examples/digits/data.mjs';
import { digitReader } from '../../examples/digits/model.mjs';

const { train, held } = await digits(1);
const { model, options } = digitReader(train, held, { epochs: 10_000, seed: 1 });
await sleep(500); // lets the garbage of loading be collected

const histogram = monitorEventLoopDelay({ resolution: 1 });
const run = process.argv[2] === 'train' ? model.fit(train, options) : undefined;
histogram.enable();
await sleep(3_000);
histogram.disable();
run?.stop();
await run;
console.log(histogram.percentile(99) / 1e6);
