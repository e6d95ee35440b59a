import { newArray } from '../errors.js';

/**
 * A binary tree whose leaves are classes, by the children of its decisions: decision n has children[2n] and children[2n
 * + 1], each a later decision, or class c as decisions + c. Decision 0 is the root.
 */
export type ClassTree = readonly number[];

/**
 * The tree of Huffman (1952): of all binary trees it has the least Σ frequency · length of the path. Of equal
 * frequencies, earlier classes are merged first, and classes before decisions, which keeps paths short.
 */
export function huffmanTree(frequencies: readonly number[]): ClassTree {
  const decisions = frequencies.length - 1;
  const leaves = frequencies.map((_, i) => i).sort((a, b) => frequencies[a]! - frequencies[b]! || a - b);
  const sums = newArray(Float64Array, decisions); // by merge: the last one is the root
  const children = new Array<number>(2 * decisions);
  let leaf = 0;
  let merged = 0;
  for (let merge = 0; merge < decisions; ++merge) {
    const place = decisions - 1 - merge;
    for (const side of [1, 0]) {
      const isLeaf = leaf < leaves.length && (merged >= merge || frequencies[leaves[leaf]!]! <= sums[merged]!);
      sums[merge]! += isLeaf ? frequencies[leaves[leaf]!]! : sums[merged]!;
      children[2 * place + side] = isLeaf ? decisions + leaves[leaf++]! : decisions - 1 - merged++;
    }
  }
  return children;
}

/** The decisions on the path to each class, from the root; `first` where the path takes the first child. */
export function pathsOf(tree: ClassTree): { decision: number; first: boolean }[][] {
  const decisions = tree.length / 2;
  const paths: { decision: number; first: boolean }[][] = [[]]; // by decision, then by class
  tree.forEach((child, i) => {
    const decision = Math.floor(i / 2);
    paths[child] = [...paths[decision]!, { decision, first: i % 2 === 0 }];
  });
  return paths.slice(decisions);
}
