/**
 * The same training on several processes of one machine or many, over MPI.
 *
 * @module glissade/distributed
 */

export { type DistributedOptions, distributed } from './distributed.js';
export type { Ranks } from './ranks.js';
