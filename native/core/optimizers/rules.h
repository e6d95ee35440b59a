// The registry of update rules, and the loops that drive any of them over arrays.
#pragma once

#include <iterator>

#include "optimizers/adadelta.h"
#include "optimizers/adafactor.h"
#include "optimizers/adagrad.h"
#include "optimizers/adam.h"
#include "optimizers/adamax.h"
#include "optimizers/adamw.h"
#include "optimizers/adan.h"
#include "optimizers/asgd.h"
#include "optimizers/blocks.h"
#include "optimizers/ftrl.h"
#include "optimizers/lamb.h"
#include "optimizers/lars.h"
#include "optimizers/lion.h"
#include "optimizers/momentum.h"
#include "optimizers/muon.h"
#include "optimizers/nadam.h"
#include "optimizers/prodigy.h"
#include "optimizers/radam.h"
#include "optimizers/rmsprop.h"
#include "optimizers/row_wise_adagrad.h"
#include "optimizers/rprop.h"
#include "optimizers/rule.h"
#include "optimizers/schedule_free.h"
#include "optimizers/sgd.h"

namespace glissade {
namespace {

template <typename R>
constexpr int stateCount() {
  if constexpr (requires { R::kStates; })
    return sizeof(R::kStates) / sizeof(R::kStates[0]);
  else
    return 0;
}

template <typename R>
constexpr const State* states() {
  if constexpr (stateCount<R>() > 0)
    return R::kStates;
  else
    return nullptr;
}

/// Those that elementwise functions take.
template <typename R>
constexpr int elementStateCount() {
  int count = 0;
  for (int s = 0; s < stateCount<R>(); ++s) count += states<R>()[s].extent == Extent::element;
  return count;
}

template <typename R>
constexpr Transform transform() {
  if constexpr (requires { R::kTransform; })
    return R::kTransform;
  else
    return Transform::none;
}

template <typename R>
constexpr int totalCount() {
  if constexpr (requires { R::kTotals; })
    return static_cast<int>(std::size(R::kTotals));
  else
    return 0;
}

/// The sums of a rule whose step depends on any; `kScope` says over what.
template <typename R>
constexpr int sumCount() {
  if constexpr (requires { R::kSums; })
    return R::kSums;
  else
    return 0;
}

template <typename R>
constexpr Scope scope() {
  if constexpr (requires { R::kScope; })
    return R::kScope;
  else
    return Scope::array;
}

template <typename R>
constexpr bool dividesSafely() {
  if constexpr (requires { R::kDividesSafely; })
    return R::kDividesSafely;
  else
    return false;
}

template <typename R>
auto prepared(const double* hyperparameters, int64_t t, double* totals) {
  typename R::Hyperparameters h;
  static_assert(sizeof h == sizeof R::kHyperparameters / sizeof R::kHyperparameters[0] * sizeof(double));
  __builtin_memcpy(&h, hyperparameters, sizeof h);
  static_assert(totalCount<R>() <= kMaxTotals);
  static_assert(totalCount<R>() == 0 || sumCount<R>() == 0 || scope<R>() == Scope::everything,
                "a group's totals would change with each of its arrays");
  if constexpr (totalCount<R>() > 0)
    return R::prepare(h, t, totals);
  else
    return R::prepare(h, t);
}

template <typename R>
using ScalarsOf = decltype(prepared<R>(nullptr, 1, nullptr));

template <typename R>
ScalarsOf<R> read(const void* scalars) {
  ScalarsOf<R> s;
  static_assert(sizeof s <= kScalarBytes);
  __builtin_memcpy(&s, scalars, sizeof s);
  return s;
}

template <typename R>
void prepare(const double* hyperparameters, int64_t t, double* totals, void* scalars) {
  const ScalarsOf<R> s = prepared<R>(hyperparameters, t, totals);
  __builtin_memcpy(scalars, &s, sizeof s);
}

/// Calls visit(i, states of i …) for elements [begin, end), several at a time.
template <typename R, typename Real, typename Visit>
inline __attribute__((always_inline)) void forEach(Real* const* states, size_t begin, size_t end, Visit visit) {
  constexpr int kCount = elementStateCount<R>();
  static_assert(kCount <= kMaxStates);
  Real* const s0 = kCount > 0 ? states[0] : nullptr;
  Real* const s1 = kCount > 1 ? states[1] : nullptr;
  Real* const s2 = kCount > 2 ? states[2] : nullptr;
  Real* const s3 = kCount > 3 ? states[3] : nullptr;
#pragma omp simd
  for (size_t i = begin; i < end; ++i) {
    if constexpr (kCount == 0)
      visit(i);
    else if constexpr (kCount == 1)
      visit(i, s0[i]);
    else if constexpr (kCount == 2)
      visit(i, s0[i], s1[i]);
    else if constexpr (kCount == 3)
      visit(i, s0[i], s1[i], s2[i]);
    else
      visit(i, s0[i], s1[i], s2[i], s3[i]);
  }
}

template <typename R, typename Real>
void update(const void* scalars, Real scale, const Real* gradient, Real* theta, Real* const* states, size_t begin,
            size_t end) {
  const ScalarsOf<R> s = read<R>(scalars);
  forEach<R>(
      states, begin, end, [&](size_t i, auto&... state) __attribute__((always_inline)) {
        R::update(s, scale * gradient[i], theta[i], state...);
      });
}

template <typename R, typename Real>
void direction(const void* scalars, Real scale, const Real* gradient, const Real* theta, Real* const* states,
               size_t begin, size_t end, Real* direction) {
  const ScalarsOf<R> s = read<R>(scalars);
  forEach<R>(
      states, begin, end, [&](size_t i, auto&... state) __attribute__((always_inline)) {
        direction[i] = R::direction(s, scale * gradient[i], theta[i], state...);
      });
}

template <typename R, typename Real>
Real rowScale(const void* scalars, double meanSquare, Real* state) {
  return R::rowScale(read<R>(scalars), meanSquare, *state);
}

template <typename R, typename Real>
void measure(const void* scalars, Real scale, const Real* gradient, const Real* theta, Real* const* states,
             size_t begin, size_t end, double* sums) {
  constexpr int kSums = sumCount<R>();
  static_assert(kSums <= kMaxSums);
  const ScalarsOf<R> s = read<R>(scalars);
  double lanes[kSums][kLanes] = {};
  const auto add = [&](size_t first, size_t count) __attribute__((always_inline)) {
    forEach<R>(
        states, first, first + count, [&](size_t i, auto&... state) __attribute__((always_inline)) {
          double terms[kSums];
          R::measure(s, scale * gradient[i], theta[i], state..., terms);
          for (int k = 0; k < kSums; ++k) lanes[k][i - first] += terms[k];
        });
  };
  for (; begin + kLanes <= end; begin += kLanes) add(begin, kLanes);  // a length that the compiler knows
  if (begin < end) add(begin, end - begin);
  for (int k = 0; k < kSums; ++k) sums[k] += sumOf(lanes[k]);
}

template <typename R>
void conclude(const double* sums, double* totals, void* scalars) {
  ScalarsOf<R> s = read<R>(scalars);
  R::conclude(sums, totals, s);
  __builtin_memcpy(scalars, &s, sizeof s);
}

template <typename R>
Idle idle(const double* hyperparameters) {
  typename R::Hyperparameters h;
  __builtin_memcpy(&h, hyperparameters, sizeof h);
  return R::idle(h);
}

template <typename R, typename Real>
void lookahead(const void* scalars, const Real* theta, Real* const* states, size_t begin, size_t end, Real* point) {
  const ScalarsOf<R> s = read<R>(scalars);
  forEach<R>(
      states, begin, end, [&](size_t i, auto&... state) __attribute__((always_inline)) {
        point[i] = R::lookahead(s, theta[i], state...);
      });
}

template <typename R, typename Real>
void evaluation(const void* scalars, const Real* theta, Real* const* states, size_t begin, size_t end, Real* point) {
  const ScalarsOf<R> s = read<R>(scalars);
  forEach<R>(
      states, begin, end, [&](size_t i, auto&... state) __attribute__((always_inline)) {
        point[i] = R::evaluation(s, theta[i], state...);
      });
}

template <typename R, typename Real>
constexpr Rule<Real> rule() {
  Rule<Real> rule{};
  rule.name = R::kName;
  rule.hyperparameters = R::kHyperparameters;
  rule.hyperparameterCount = sizeof R::kHyperparameters / sizeof R::kHyperparameters[0];
  rule.states = states<R>();
  rule.stateCount = stateCount<R>();
  rule.transform = transform<R>();
  if constexpr (transform<R>() == Transform::orthogonal) rule.direction = direction<R, Real>;
  if constexpr (transform<R>() == Transform::rowWise) rule.rowScale = rowScale<R, Real>;
  rule.totalCount = totalCount<R>();
  if constexpr (totalCount<R>() > 0) rule.totals = R::kTotals;
  rule.scope = scope<R>();
  rule.dividesSafely = dividesSafely<R>();
  rule.scalarBytes = sizeof(ScalarsOf<R>);
  rule.prepare = prepare<R>;
  rule.update = update<R, Real>;
  if constexpr (sumCount<R>() > 0) {
    rule.measure = measure<R, Real>;
    rule.conclude = conclude<R>;
  }
  if constexpr (requires { &R::idle; } && totalCount<R>() == 0) rule.idle = idle<R>;
  if constexpr (requires { &R::lookahead; }) rule.lookahead = lookahead<R, Real>;
  if constexpr (requires { &R::evaluation; }) rule.evaluation = evaluation<R, Real>;
  return rule;
}

template <typename Real>
constexpr Rule<Real> rules[] = {
    rule<Sgd<Real>, Real>(),
    rule<SgdMomentum<Real>, Real>(),
    rule<Momentum<Real>, Real>(),
    rule<NesterovMomentum<Real>, Real>(),
    rule<Adam<Real>, Real>(),
    rule<AmsGrad<Real>, Real>(),
    rule<AdamW<Real>, Real>(),
    rule<AmsGradW<Real>, Real>(),
    rule<Lion<Real>, Real>(),
    rule<Lars<Real>, Real>(),
    rule<Lamb<Real>, Real>(),
    rule<Adan<Real>, Real>(),
    rule<Ftrl<Real>, Real>(),
    rule<Prodigy<Real>, Real>(),
    rule<ScheduleFreeSgd<Real>, Real>(),
    rule<ScheduleFreeAdamW<Real>, Real>(),
    rule<Adafactor<Real>, Real>(),
    rule<AdafactorVector<Real>, Real>(),
    rule<Muon<Real>, Real>(),
    rule<MuonByColumns<Real>, Real>(),
    rule<MuonMatchingAdamW<Real>, Real>(),
    rule<Adagrad<Real>, Real>(),
    rule<RowWiseAdagrad<Real>, Real>(),
    rule<RmsProp<Real>, Real>(),
    rule<RmsPropMomentum<Real>, Real>(),
    rule<CenteredRmsProp<Real>, Real>(),
    rule<CenteredRmsPropMomentum<Real>, Real>(),
    rule<Adadelta<Real>, Real>(),
    rule<Adamax<Real>, Real>(),
    rule<NAdam<Real>, Real>(),
    rule<NAdamW<Real>, Real>(),
    rule<RAdam<Real>, Real>(),
    rule<RAdamW<Real>, Real>(),
    rule<Rprop<Real>, Real>(),
    rule<Asgd<Real>, Real>(),
};

}  // namespace
}  // namespace glissade
