#pragma once

#include <cstddef>
#include <cstdint>

#include "optimizers/rule.h"
#include "optimizers/sparse/idle_steps.h"

namespace glissade {

/// Applies idle steps to rows. It caches the plan of the last row, which often serves the next one. Each member of a
/// team has its own.
template <typename Real>
class IdleReplay {
 public:
  IdleReplay(const Rule<Real>& rule, const IdleSteps<Real>& steps, const double* history)
      : rule_(rule), steps_(steps), since_(IdleSteps<Real>::movingSince(history)) {}

  const Rule<Real>& rule() const { return rule_; }
  const void* start() const { return steps_.start(); }

  /// Whether a row that is up to step `from` lags at step t.
  bool isBehind(int64_t from, int64_t t) const { return from < t && (from == 0 || (since_ > 0 && since_ <= t)); }

  /// How many times the effect of past gradients on a row has halved, in units of 1/kPartsOfHalving; or kAtRest, once
  /// it no longer moves θ.
  using Faded = uint16_t;
  static constexpr Faded kAtRest = UINT16_MAX;

  /// Brings `count` elements of a row, at most kWidth, from step `from` to step t. Returns how far they have faded.
  Faded advance(int64_t from, int64_t t, Faded faded, Real* theta, Real* const* states, size_t count);
  static constexpr size_t kWidth = 256;

 private:
  static constexpr double kPartsOfHalving = 1024;
  static_assert(kHalvings<double> * kPartsOfHalving < kAtRest);

  /// How to get from step `from` to step t: `first` steps one by one, the next `middle` at once, the rest one by one.
  struct Plan {
    int64_t from = 0, t = 0, first = 0, middle = 0;
    double halvings = 0;     // per step, at least
    Idle all{}, ofMiddle{};  // the effect of all steps, and of those in the middle
  };

  bool moves(Real* const* states, size_t count) const;
  void plan(int64_t from, int64_t t, Faded faded);
  int64_t fadingSteps(int64_t from, int64_t t) const;
  void start(Real* theta, Real* const* states, size_t count) const;
  void update(const void* scalars, Real* theta, Real* const* states, size_t count) const;
  void multiply(const Idle& idle, Real* theta, Real* const* states, size_t count) const;

  const Rule<Real>& rule_;
  const IdleSteps<Real>& steps_;
  const int64_t since_;
  Plan plan_;
};

}  // namespace glissade
