import type { Experiment } from '../experiment.js';
import { adaptive } from './adaptive.js';
import { cliff } from './cliff.js';
import { risk } from './risk.js';
import { singleLayer } from './single_layer.js';
import { tradeoff } from './tradeoff.js';

/** In the order of the lecture. */
export const experiments: readonly Experiment[] = [risk, tradeoff, cliff, singleLayer, adaptive];
