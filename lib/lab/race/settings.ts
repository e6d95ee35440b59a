import { real, type Setting, seed, whole } from '../setting.js';

/** The settings of a race, besides its data and entrants. */
export const raceSettings: Readonly<Record<keyof RaceSettings, Setting>> = {
  target: real('the score to reach: accuracy or R² on the held-out examples', { full: 0.9, small: 0.8, range: [0, 1] }),
  networks: whole('networks of each entrant, each with its own initial weights and order', {
    full: 5,
    small: 3,
    most: 10,
  }),
  passes: whole('passes over the training examples', { full: 4, small: 2, most: 200 }),
  measurements: whole('measurements in each pass', { full: 5, small: 2, most: 50 }),
  examples: whole('training examples, at most', { full: 8000, small: 400, least: 16, most: 60_000 }),
  batchSize: whole('examples in a minibatch', { full: 64, small: 20, most: 4096 }),
  hidden: whole('units of the hidden layer; with 0 the model is linear', { full: 64, small: 16, least: 0, most: 1024 }),
  seed,
};

/** The settings of a race, by name. */
export interface RaceSettings {
  /** The score to reach, from 0 to 1: accuracy, or R², on the examples held out. Default 0.9. */
  readonly target: number;
  /** Networks of each entrant, at most 10. Default 5. */
  readonly networks: number;
  /** Passes over the training examples. Default 4. */
  readonly passes: number;
  /** Measurements in each pass, at most one for each minibatch. Default 5. */
  readonly measurements: number;
  /** Training examples, at most; a quarter as many are held out. Default 8,000. */
  readonly examples: number;
  /** Examples in a minibatch. Default 64. */
  readonly batchSize: number;
  /** Units of the hidden layer, a ReLU each; 0 for a linear model. Default 64. */
  readonly hidden: number;
  /** Of all that is drawn at random. Default 1. */
  readonly seed: number;
}
