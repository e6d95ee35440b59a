import type { Target } from '../target.js';
import { classHead } from './class_head.js';
import type { Head } from './head.js';
import { numberHead } from './number_head.js';
import { quantilesHead } from './quantiles_head.js';

const heads = new WeakMap<Target, Head>();

/** What the outputs of a network mean for a target. */
export function headOf(target: Target): Head {
  const known = heads.get(target);
  if (known) return known;
  const head = newHead(target);
  heads.set(target, head);
  return head;
}

function newHead(target: Target): Head {
  if (target.task === 'classification') return classHead(target);
  return target.quantiles ? quantilesHead(target, target.quantiles) : numberHead(target);
}
