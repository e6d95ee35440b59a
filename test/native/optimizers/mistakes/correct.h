// A correct rule. Each other file here except none.cpp makes one mistake, most of them in a rule derived from
// this one. The first line of such a file is the message that the compiler must print.
#pragma once

#include "optimizers/rule_loops.h"
#include "record.h"

namespace glissade {
namespace {

template <typename Real>
struct Correct : UpdateRule {
  static constexpr const char* kName = "correct";
  static constexpr Traits kTraits{.idle = true};
  struct Hyperparameters {
    GLISSADE_RECORD(learningRate, decay);
  };
  static constexpr State kStates[] = {{"m", Moment::signedMoment}};
  struct Scalars {
    Real learningRate, decay, rest;
  };

  static Scalars prepare(const Hyperparameters& h, int64_t) {
    return {Real(h.learningRate), Real(h.decay), Real(1 - h.decay)};
  }

  static Idle idle(const Hyperparameters& h) { return {h.decay, {1, double(Real(h.decay))}}; }

  static void update(const Scalars& s, Real g, Real& theta, Real& m) {
    m = s.decay * m + s.rest * g;
    theta -= s.learningRate * m;
  }
};

template <typename Real>
using ScalarsOf = typename Correct<Real>::Scalars;
template <typename Real>
using HyperparametersOf = typename Correct<Real>::Hyperparameters;

}  // namespace
}  // namespace glissade
