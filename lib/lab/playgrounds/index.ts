import { learningCurves } from './learning_curves.js';
import { momentum } from './momentum.js';
import { oneMode } from './one_mode.js';
import type { Playground } from './playground.js';

export type PlaygroundName = 'momentum' | 'one-mode' | 'learning-curves';

/** The playgrounds of the page, by the names that experiments give. */
export const playgrounds: Readonly<Record<PlaygroundName, Playground>> = {
  momentum,
  'one-mode': oneMode,
  'learning-curves': learningCurves,
};
