import { type Dataset, dense, network, type Risk } from '../../index.js';

/** R(w) = (w₁w₂⋯w_d − 1)²: the squared loss of d linear layers with one weight each, on the example x = y = 1. */
export function weightProduct(depth: number, one: Dataset): Risk {
  const layers = Array.from({ length: depth }, () => dense(1, { bias: false }));
  return { model: network({ inputs: 1, layers, type: 'float64' }), data: one, loss: 'squared' };
}

/** ∂R/∂wᵢ where all weights are w: 2(wᵈ − 1)wᵈ⁻¹. */
export const slopeWhereEqual = (depth: number, w: number): number => 2 * (w ** depth - 1) * w ** (depth - 1);

/**
 * The largest eigenvalue of the Hessian where all weights are w > 1. The Hessian's elements are 2w²ᵈ⁻² on the diagonal
 * and 2(2wᵈ − 1)wᵈ⁻² elsewhere. The eigenvalue along (1, …, 1) is 2((2d − 1)w²ᵈ⁻² − (d − 1)wᵈ⁻²); the others are
 * smaller.
 */
export const largestCurvature = (depth: number, w: number): number =>
  2 * ((2 * depth - 1) * w ** (2 * depth - 2) - (depth - 1) * w ** (depth - 2));
