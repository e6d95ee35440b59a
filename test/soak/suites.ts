import '../../lib/definitions';
import { optimizers } from './optimizers';
import { sparseOptimizers } from './sparse_optimizers';
import type { Suite } from './suite';
import { trainers } from './trainers';

/** Suites by the name that `--only` takes. */
export const suites = { optimizers, sparse: sparseOptimizers, trainers } as Record<string, Suite<unknown>>;
