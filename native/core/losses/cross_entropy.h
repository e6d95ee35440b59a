#pragma once

#include "losses/classes.h"
#include "losses/rows.h"
#include "math/elementary.h"
#include "matrix/sums.h"

namespace glissade {
namespace {

/// Fills `gradient` with exp(z_j − max z) for each row z of outputs, in two passes over the rows, so that the
/// exponentials of all rows are one vectorised loop.
template <typename Number, typename Real>
void exponentialsOfRows(const LossRows<Real>& r) {
  const Track<Real> e = r.gradient;
  for (size_t i = r.begin; i < r.end; ++i) {
    const Track<const Real> z = r.outputs + i * r.columns;
    const Real top = z.values[largest(z.values, r.columns)];
    for (size_t j = 0; j < r.columns; ++j) store(e, i * r.columns + j, load<Number>(z, j) - top);
  }
#pragma omp simd
  for (size_t k = r.begin * r.columns; k < r.end * r.columns; ++k) store(e, k, exponential(load<Number>(e, k)));
}

/// −Σ w_j p_j log softmax(z)_j of a row of logits z, with class weights w. Targets: one class index, or a distribution
/// p over the K columns. Smoothing s replaces p_j by (1 − s)·p_j + s/K.
struct CrossEntropy {
  template <typename Number, typename Real>
  static void rows(const LossRows<Real>& r) {
    exponentialsOfRows<Number>(r);
    for (size_t i = r.begin; i < r.end; ++i) {
      const double value = row<Number>(r, r.outputs.values + i * r.columns, r.targets + i * r.targetColumns,
                                       r.scaleOf(i), r.gradient + i * r.columns);
      if (r.values) r.values[i] = value;
    }
  }

  template <typename Number, typename Real>
  static double row(const LossRows<Real>& r, const Real* z, const Real* target, Real scale, const Track<Real>& e) {
    const bool isClass = r.targetColumns == 1;
    const auto weightOf = [&](size_t j) { return r.classWeights ? static_cast<Real>(r.classWeights[j]) : Real(1); };
    if (r.parameters.labelSmoothing == 0 && isClass) {
      const size_t label = labelOf(target, r.columns);
      return ofClass<Number>(z, r.columns, label, weightOf(label), scale, e);
    }
    if (r.parameters.labelSmoothing == 0 && !r.classWeights)
      return ofMasses<Number>(
          z, r.columns, [&](size_t j) { return target[j]; }, scale, e);
    const Real smoothing = static_cast<Real>(r.parameters.labelSmoothing);
    const size_t label = isClass ? labelOf(target, r.columns) : 0;
    const auto mass = [&](size_t j) {
      const Real p = isClass ? Real(j == label) : target[j];
      return weightOf(j) * ((1 - smoothing) * p + smoothing / static_cast<Real>(r.columns));
    };
    return ofMasses<Number>(z, r.columns, mass, scale, e);
  }

  /// Replaces e_j = exp(z_j − max z) by the gradient, in place. Returns the loss.
  template <typename Number, typename Real>
  static double ofClass(const Real* z, size_t columns, size_t label, Real weight, Real scale, const Track<Real>& e) {
    const Number sum = sumOf<Number>(e, columns), share = Number(scale * weight) / sum;
    for (size_t j = 0; j < columns; ++j) store(e, j, load<Number>(e, j) * share);
    e.values[label] -= scale * weight;
    return static_cast<double>(weight) * (log(static_cast<double>(valueIn(sum))) + distance(z, columns, label));
  }

  /// Replaces e_j = exp(z_j − max z) by the gradient of Σⱼ mass(j)·(−log softmax(z)_j), in place. Returns the loss.
  template <typename Number, typename Real, typename Mass>
  static double ofMasses(const Real* z, size_t columns, Mass mass, Real scale, const Track<Real>& e) {
    const Number sum = sumOf<Number>(e, columns);
    const auto top = static_cast<double>(z[largest(z, columns)]);
    double expected = 0, total = 0;  // Σ mass·(max z − z_j), Σ mass
    for (size_t j = 0; j < columns; ++j) {
      expected += static_cast<double>(mass(j)) * (top - static_cast<double>(z[j]));
      total += static_cast<double>(mass(j));
    }
    const Number share = Number(scale * static_cast<Real>(total)) / sum;
    for (size_t j = 0; j < columns; ++j) store(e, j, load<Number>(e, j) * share - Number(scale * mass(j)));
    return total * log(static_cast<double>(valueIn(sum))) + expected;
  }

  template <typename Number, typename Real>
  static Number sumOf(const Track<Real>& e, size_t columns) {
    return sumInBlocks<Number>(columns, [&](size_t j) { return load<Number>(e, j); });
  }

  /// max z − z_j. −log softmax(z)_j is this plus log Σ exp(z_k − max z). Both terms are small where the loss is small,
  /// so that large logits cost no precision.
  template <typename Real>
  static double distance(const Real* z, size_t columns, size_t j) {
    return static_cast<double>(z[largest(z, columns)]) - static_cast<double>(z[j]);
  }

  template <typename Real>
  static bool correct(const Real* z, const Real* target, size_t columns, size_t targetColumns) {
    return largest(z, columns) == (targetColumns == 1 ? labelOf(target, columns) : largest(target, columns));
  }
};

}  // namespace
}  // namespace glissade
