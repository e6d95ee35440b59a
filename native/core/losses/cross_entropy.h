#pragma once

#include "losses/classes.h"
#include "losses/rows.h"
#include "math/elementary.h"
#include "matrix/sums.h"

namespace glissade {
namespace {

/// Fills `gradient` with exp(z_j − max z) for each row z of outputs, in two passes over the rows: the exponentials of
/// all rows are then one vectorised loop.
template <typename Number, typename Real>
void exponentialsOfRows(const LossRows<Real>& r) {
  const Track<Real> e = r.gradient;
  for (size_t i = r.begin; i < r.end; ++i) {
    const Track<const Real> z = r.outputs + i * r.columns;
    const Number top = load<Number>(z, largest(z.values, r.columns));
    for (size_t j = 0; j < r.columns; ++j) store(e, i * r.columns + j, load<Number>(z, j) - top);
  }
#pragma omp simd
  for (size_t k = r.begin * r.columns; k < r.end * r.columns; ++k) store(e, k, exponential(load<Number>(e, k)));
}

/// log(1 + x), where x is a sum of exponentials. The C library's log takes half as long as its log1p, and is as exact
/// as x itself unless x is small.
template <typename Real>
double logarithmOf1And(Real x) {
  constexpr Real kSmall = sizeof(Real) == sizeof(float) ? Real(0x1p-26) : Real(0.25);
  const auto sum = static_cast<double>(x);
  return x > kSmall ? log(1 + sum) : log1p(sum);
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

  /// Replaces e_j = exp(z_j − max z) by the gradient, in place. Returns the loss. That of the label is less than 0 by
  /// the sum of the others: the difference p_j − 1 would have no digit left where p_j is nearly 1.
  template <typename Number, typename Real>
  static double ofClass(const Real* z, size_t columns, size_t label, Real weight, Real scale, const Track<Real>& e) {
    const Number own = load<Number>(constant(e), label), others = sumBeside<Number>(label, e, columns);
    const Number share = Number(scale * weight) / (own + others);
    for (size_t j = 0; j < columns; ++j) store(e, j, load<Number>(constant(e), j) * share);
    store(e, label, withTangentOf(own * share, -(others * share)));
    return static_cast<double>(weight) * minusLog(z, columns, label, valueIn(own), valueIn(others));
  }

  /// Replaces e_j = exp(z_j − max z) by the gradient of Σⱼ mass(j)·(−log softmax(z)_j), in place. Returns the loss.
  /// The gradient of the largest z_j is Σ mass·(1 − p_j) − Σ of the other masses, for the same reason.
  template <typename Number, typename Real, typename Mass>
  static double ofMasses(const Real* z, size_t columns, Mass mass, Real scale, const Track<Real>& e) {
    const size_t top = largest(z, columns);
    const Number own = load<Number>(constant(e), top), others = sumBeside<Number>(top, e, columns);
    double expected = 0, rest = 0;  // Σ mass·(max z − z_j), Σ mass but for that of the largest z_j
    for (size_t j = 0; j < columns; ++j) {
      expected += static_cast<double>(mass(j)) * (static_cast<double>(z[top]) - static_cast<double>(z[j]));
      if (j != top) rest += static_cast<double>(mass(j));
    }
    const double total = rest + static_cast<double>(mass(top));
    const Number share = Number(scale * static_cast<Real>(total)) / (own + others);
    for (size_t j = 0; j < columns; ++j) store(e, j, load<Number>(constant(e), j) * share - Number(scale * mass(j)));
    store(e, top, withTangentOf(own * share, Number(scale * static_cast<Real>(rest)) - others * share));
    return total * logarithmOf1And(valueIn(others)) + expected;
  }

  /// Σ e_k over k ≠ j. Sets e_j to 0.
  template <typename Number, typename Real>
  static Number sumBeside(size_t j, const Track<Real>& e, size_t columns) {
    store(e, j, Number(0));
    return sumInBlocks<Number>(columns, [&](size_t k) { return load<Number>(constant(e), k); });
  }

  /// −log softmax(z)_j, from exp(z_j − max z) and the sum of the other exponentials. Exact where it is small: then z_j
  /// is the largest, and the sum of the others is what makes 1 + it differ from 1.
  template <typename Real>
  static double minusLog(const Real* z, size_t columns, size_t j, Real own, Real others) {
    const size_t top = largest(z, columns);
    if (z[j] == z[top]) return logarithmOf1And(others);
    return log(static_cast<double>(own) + static_cast<double>(others)) +
           (static_cast<double>(z[top]) - static_cast<double>(z[j]));
  }

  template <typename Real>
  static bool correct(const Real* z, const Real* target, size_t columns, size_t targetColumns) {
    return largest(z, columns) == (targetColumns == 1 ? labelOf(target, columns) : largest(target, columns));
  }
};

}  // namespace
}  // namespace glissade
