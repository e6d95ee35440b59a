#pragma once

#include <cstddef>
#include <cstdint>

#include "optimizers/idle_steps.h"
#include "optimizers/rule.h"

namespace glissade {

/// Takes rows from one step to another without a gradient. Each member of a team has its own, since it keeps what the
/// last row needed: the next one often needs the same.
template <typename Real>
class IdleReplay {
 public:
  IdleReplay(const Rule<Real>& rule, const IdleSteps<Real>& steps, const double* history)
      : rule_(rule), steps_(steps), since_(IdleSteps<Real>::movingSince(history)) {}

  const Rule<Real>& rule() const { return rule_; }
  const void* start() const { return steps_.start(); }

  /// Whether a row that is up to step `from` has anything to make up for until step t.
  bool isBehind(int64_t from, int64_t t) const { return from < t && (from == 0 || (since_ > 0 && since_ <= t)); }

  /// By how many halvings what gradients have left in a row's states has faded, in parts of 1/kPartsOfHalving; or
  /// kAtRest, once it no longer moves θ.
  using Faded = uint16_t;
  static constexpr Faded kAtRest = UINT16_MAX;

  /// Takes `count` elements of a row, at most kWidth, from step `from` to step t. Returns how far they have faded then.
  Faded advance(int64_t from, int64_t t, Faded faded, Real* theta, Real* const* states, size_t count);
  static constexpr size_t kWidth = 256;

 private:
  static constexpr double kPartsOfHalving = 1024;
  static_assert(kHalvings<double> * kPartsOfHalving < kAtRest);

  /// How to get from one step to another: the first steps one by one, those in the middle at once, the others one by
  /// one.
  struct Plan {
    int64_t from = 0, t = 0, first = 0, middle = 0;
    double halvings = 0;     // by which each step fades, at least
    Idle all{}, ofMiddle{};  // what all steps do, and those in the middle
  };

  bool moves(Real* const* states, size_t count) const;
  void plan(int64_t from, int64_t t, Faded faded);
  int64_t fadingSteps(int64_t from, int64_t t) const;
  void update(const void* scalars, Real* theta, Real* const* states, size_t count) const;
  void multiply(const Idle& idle, Real* theta, Real* const* states, size_t count) const;

  const Rule<Real>& rule_;
  const IdleSteps<Real>& steps_;
  const int64_t since_;
  Plan plan_;
};

}  // namespace glissade
