import type { Activation, Layer } from '../layers/layer.js';
import type { Join } from '../layers/parallel.js';

/** The shape of an example, as layers have it: channels last; numbers are an image of 1 x 1. */
export interface Shape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

export const sizeOf = ({ height, width, channels }: Shape): number => height * width * channels;

/** What a place computes from the places before it. */
export type Work =
  | { readonly kind: 'input'; readonly name: string; cardinalities?: number[] }
  | { readonly kind: 'layer'; readonly layer: Layer; readonly tensors: Readonly<Record<string, ArrayLike<number>>> }
  | { readonly kind: 'activation'; readonly activation: Activation }
  | { readonly kind: 'join'; readonly join: Exclude<Join, 'cosine'> };

/** A point of the graph of layers that a file describes. */
export interface Place {
  readonly work: Work;
  readonly from: readonly Place[];
  readonly shape: Shape;
  /** Name of the node in the file, for messages. */
  readonly node: string;
  /** The last place on all paths from the inputs to this one; undefined stands for the point before all inputs. */
  readonly fork: Place | undefined;
  /** Number of forks before it. */
  readonly level: number;
}

export function place(node: string, work: Work, from: readonly Place[], shape: Shape): Place {
  const fork = from.length === 0 ? undefined : from.reduce((a: Place | undefined, b) => lastCommon(a, b), from[0]);
  return { work, from, shape, node, fork, level: fork === undefined ? 0 : fork.level + 1 };
}

function lastCommon(a: Place | undefined, b: Place | undefined): Place | undefined {
  let [left, right] = [a, b];
  while (left !== right) {
    if (left === undefined || right === undefined) return undefined;
    if (left.level >= right.level) left = left.fork;
    else right = right.fork;
  }
  return left;
}
