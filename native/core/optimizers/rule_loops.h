// The loops that drive any update rule over arrays, and its entry in the kernel table.
//
// Assumes    hyperparameters and scalars are the structs of the rule; `totals` may be null if it has none. Element i of
//            each array is at [i]; no two arrays overlap. States of elements come first in `states`; no other is read.
// Alignment  any for hyperparameters and scalars; that of the elements for arrays
// Reads      elements [begin, end), or the listed rows
// Writes     elements [begin, end), or the listed rows, of θ, states and outputs; `measure` adds to kTraits.sums sums
// Order      sums: kLanes partial sums, element i in sum (i − begin) % kLanes; then the upper half is added to the
//            lower half until one is left (sumOf). Others: by element
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "arch/magnitude.h"
#include "matrix/collected_rows.h"
#include "optimizers/blocks.h"
#include "optimizers/element_loop.h"
#include "optimizers/encoded_loops.h"
#include "optimizers/is_update_rule.h"
#include "optimizers/rule.h"

namespace glissade {
namespace {

template <typename R>
typename R::Hyperparameters hyperparametersOf(const double* numbers) {
  typename R::Hyperparameters h;
  __builtin_memcpy(&h, numbers, sizeof h);
  return h;
}

template <typename R>
typename R::Scalars read(const void* scalars) {
  typename R::Scalars s;
  __builtin_memcpy(&s, scalars, sizeof s);
  return s;
}

template <typename R>
void prepare(const double* hyperparameters, int64_t t, double* totals, void* scalars) {
  typename R::Scalars s;
  if constexpr (countOf(R::kTotals) > 0)
    s = R::prepare(hyperparametersOf<R>(hyperparameters), t, totals);
  else
    s = R::prepare(hyperparametersOf<R>(hyperparameters), t);
  __builtin_memcpy(scalars, &s, sizeof s);
}

/// Calls visit(i, states of element i…) for elements [begin, end), in a loop that vectorises.
template <typename R, typename Real, typename Visit>
inline __attribute__((always_inline)) void forEach(Real* const* states, size_t begin, size_t end, Visit visit) {
  [&]<size_t... kStates>(std::index_sequence<kStates...>) __attribute__((always_inline)) {
    forEachElement(begin, end, visit, states[kStates]...);
  }
  (ElementStates<R>());
}

template <typename R, typename Real>
void update(const void* scalars, Real scale, const Real* gradient, Real* theta, Real* const* states, size_t begin,
            size_t end) {
  const typename R::Scalars s = read<R>(scalars);
  forEach<R>(
      states, begin, end, [&](size_t i, auto&... state) __attribute__((always_inline)) {
        R::update(s, scale * gradient[i], theta[i], state...);
      });
}

template <typename R, typename Real>
bool updateRows(const void* scalars, Real scale, const Real* gradient, const RowList& list,
                const Elements<Real>& collected, const Elements<Real>& whole) {
  const typename R::Scalars s = read<R>(scalars);
  constexpr int kCount = stateCount<R>(Extent::element);
  for (int i = 0; i < kCount; ++i) collectRows(whole.states[i], list, collected.states[i]);
  typename BitsOf<Real>::Type lanes[kCollectedPadding] = {}, largest = 0;  // of each lane: the bits of its largest |θ|
  for (size_t begin = 0; begin < list.numbers(); begin += kCollectedPadding)
    forEach<R>(
        collected.states, begin,
        begin + kCollectedPadding, [&](size_t i, auto&... state) __attribute__((always_inline)) {
          R::update(s, scale * gradient[i], collected.theta[i], state...);
          const auto bits = magnitudeBits(collected.theta[i]);
          lanes[i - begin] = bits > lanes[i - begin] ? bits : lanes[i - begin];
        });
#pragma omp simd reduction(max : largest)
  for (size_t lane = 0; lane < kCollectedPadding; ++lane) largest = lanes[lane] > largest ? lanes[lane] : largest;
  if (!__builtin_isfinite(magnitudeOfBits<Real>(largest))) return false;
  distributeRows(collected.theta, list, whole.theta);
  for (int i = 0; i < kCount; ++i) distributeRows(collected.states[i], list, whole.states[i]);
  return true;
}

template <typename R, typename Real>
void direction(const void* scalars, Real scale, const Real* gradient, const Real* theta, Real* const* states,
               size_t begin, size_t end, Real* direction) {
  const typename R::Scalars s = read<R>(scalars);
  forEach<R>(
      states, begin, end, [&](size_t i, auto&... state) __attribute__((always_inline)) {
        direction[i] = R::direction(s, scale * gradient[i], theta[i], state...);
      });
}

template <typename R, typename Real>
Real rowFactor(const void* scalars, double meanSquare, Real* state) {
  return R::rowFactor(read<R>(scalars), meanSquare, *state);
}

template <typename R, typename Real>
void measure(const void* scalars, Real scale, const Real* gradient, const Real* theta, Real* const* states,
             size_t begin, size_t end, double* sums) {
  constexpr int kSums = R::kTraits.sums;
  const typename R::Scalars s = read<R>(scalars);
  double lanes[kSums][kLanes] = {};
  const auto add = [&](size_t first, size_t count) __attribute__((always_inline)) {
    forEach<R>(
        states, first, first + count, [&](size_t i, auto&... state) __attribute__((always_inline)) {
          double terms[kSums];
          R::measure(s, scale * gradient[i], theta[i], state..., terms);
          for (int k = 0; k < kSums; ++k) lanes[k][i - first] += terms[k];
        });
  };
  for (; begin + kLanes <= end; begin += kLanes) {
    if constexpr (R::kTraits.replacement != Replacement::none) fetchAhead(theta + begin);
    add(begin, kLanes);  // a length that the compiler knows
  }
  if (begin < end) add(begin, end - begin);
  for (int k = 0; k < kSums; ++k) sums[k] += sumOf(lanes[k]);
}

template <typename R>
void conclude(const double* sums, double* totals, void* scalars) {
  typename R::Scalars s = read<R>(scalars);
  R::conclude(sums, totals, s);
  __builtin_memcpy(scalars, &s, sizeof s);
}

template <typename R>
Idle idle(const double* hyperparameters) {
  return R::idle(hyperparametersOf<R>(hyperparameters));
}

template <typename R, typename Real>
void gradientPoint(const void* scalars, const Real* theta, Real* const* states, size_t begin, size_t end, Real* point) {
  const typename R::Scalars s = read<R>(scalars);
  forEach<R>(
      states, begin, end, [&](size_t i, auto&... state) __attribute__((always_inline)) {
        point[i] = R::gradientPoint(s, theta[i], state...);
      });
}

template <typename R, typename Real>
void evaluationPoint(const void* scalars, const Real* theta, Real* const* states, size_t begin, size_t end,
                     Real* point) {
  const typename R::Scalars s = read<R>(scalars);
  forEach<R>(
      states, begin, end, [&](size_t i, auto&... state) __attribute__((always_inline)) {
        point[i] = R::evaluationPoint(s, theta[i], state...);
      });
}

/// The entry of a rule in the kernel table.
template <typename R, typename Real>
constexpr Rule<Real> rule() {
  Rule<Real> rule{};
  if constexpr (isUpdateRule<R, Real>()) {
    rule.name = R::kName;
    rule.hyperparameters = R::Hyperparameters::kNames;
    rule.hyperparameterCount = sizeof(typename R::Hyperparameters) / sizeof(double);
    rule.states = firstOf(R::kStates);
    rule.stateCount = countOf(R::kStates);
    rule.totals = firstOf(R::kTotals);
    rule.totalCount = countOf(R::kTotals);
    rule.replacement = R::kTraits.replacement;
    rule.scope = R::kTraits.scope;
    rule.followsHyperparameters = R::kTraits.followsHyperparameters;
    rule.dividesSafely = R::kTraits.dividesSafely;
    rule.scalarBytes = sizeof(typename R::Scalars);
    rule.prepare = prepare<R>;
    rule.update = update<R, Real>;
    // Low precision of states is for large models, whose parameters are of float32.
    if constexpr (sizeof(Real) == sizeof(float) && hasMoments<R>()) rule.updateEncoded = updateEncoded<R, Real>;
    if constexpr (requires { &R::direction; }) rule.direction = direction<R, Real>;
    if constexpr (R::kTraits.replacement == Replacement::rowFactors) rule.rowFactor = rowFactor<R, Real>;
    if constexpr (R::kTraits.sums > 0) {
      rule.measure = measure<R, Real>;
      rule.conclude = conclude<R>;
    }
    if constexpr (R::kTraits.idle) {
      rule.idle = idle<R>;
      rule.updateRows = updateRows<R, Real>;
    }
    if constexpr (R::kTraits.gradientPoint) rule.gradientPoint = gradientPoint<R, Real>;
    if constexpr (R::kTraits.evaluationPoint) rule.evaluationPoint = evaluationPoint<R, Real>;
  }
  return rule;
}

}  // namespace
}  // namespace glissade
