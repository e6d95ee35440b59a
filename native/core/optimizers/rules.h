// The registry of update rules, and the one loop that drives any of them over arrays.
#pragma once

#include "arch/kernels.h"
#include "optimizers/adam.h"
#include "optimizers/adamw.h"
#include "optimizers/momentum.h"
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
constexpr const char* const* stateNames() {
  if constexpr (stateCount<R>() > 0)
    return R::kStates;
  else
    return nullptr;
}

template <typename R>
void prepare(const double* hyperparameters, int64_t t, void* scalars) {
  typename R::Hyperparameters h;
  static_assert(sizeof h == sizeof R::kHyperparameters / sizeof R::kHyperparameters[0] * sizeof(double));
  __builtin_memcpy(&h, hyperparameters, sizeof h);
  const auto s = R::prepare(h, t);
  static_assert(sizeof s <= kScalarBytes);
  __builtin_memcpy(scalars, &s, sizeof s);
}

template <typename R, typename Real>
void update(const void* scalars, Real scale, const Real* gradient, Real* theta, Real* const* states, size_t begin,
            size_t end) {
  decltype(R::prepare({}, 1)) s;
  __builtin_memcpy(&s, scalars, sizeof s);
  constexpr int kCount = stateCount<R>();
  static_assert(kCount <= kMaxStates);
  Real* const s0 = kCount > 0 ? states[0] : nullptr;
  Real* const s1 = kCount > 1 ? states[1] : nullptr;
  Real* const s2 = kCount > 2 ? states[2] : nullptr;
#pragma omp simd
  for (size_t i = begin; i < end; ++i) {
    const Real g = scale * gradient[i];
    if constexpr (kCount == 0)
      R::update(s, g, theta[i]);
    else if constexpr (kCount == 1)
      R::update(s, g, theta[i], s0[i]);
    else if constexpr (kCount == 2)
      R::update(s, g, theta[i], s0[i], s1[i]);
    else
      R::update(s, g, theta[i], s0[i], s1[i], s2[i]);
  }
}

template <typename R, typename Real>
constexpr Rule<Real> rule() {
  return {R::kName,        R::kHyperparameters, sizeof R::kHyperparameters / sizeof R::kHyperparameters[0],
          stateNames<R>(), stateCount<R>(),     prepare<R>,
          update<R, Real>};
}

template <typename Real>
constexpr Rule<Real> rules[] = {
    rule<Sgd<Real>, Real>(),      rule<SgdMomentum<Real>, Real>(), rule<Momentum<Real>, Real>(),
    rule<Adam<Real>, Real>(),     rule<AmsGrad<Real>, Real>(),     rule<AdamW<Real>, Real>(),
    rule<AmsGradW<Real>, Real>(),
};

}  // namespace
}  // namespace glissade
