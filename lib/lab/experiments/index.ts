import type { Experiment } from '../experiment.js';
import { acceleration } from './acceleration.js';
import { adaptive } from './adaptive.js';
import { cliff } from './cliff.js';
import { curvature } from './curvature.js';
import { expectations } from './expectations.js';
import { flow } from './flow.js';
import { rates } from './rates.js';
import { risk } from './risk.js';
import { saddles } from './saddles.js';
import { saxe } from './saxe.js';
import { sgdInPractice } from './sgd.js';
import { sgdRates } from './sgd_rates.js';
import { singleLayer } from './single_layer.js';
import { tradeoff } from './tradeoff.js';
import { twoLayer } from './two_layer.js';
import { zoo } from './zoo.js';

/** All experiments, in the order of the lecture. */
export const experiments: readonly Experiment[] = [
  risk,
  expectations,
  tradeoff,
  rates,
  acceleration,
  flow,
  cliff,
  curvature,
  saddles,
  singleLayer,
  twoLayer,
  saxe,
  sgdInPractice,
  sgdRates,
  adaptive,
  zoo,
];
