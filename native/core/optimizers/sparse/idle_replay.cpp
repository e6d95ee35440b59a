#include "optimizers/sparse/idle_replay.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace glissade {
namespace {

template <typename Real>
alignas(64) constexpr Real kNothing[IdleReplay<Real>::kWidth] = {};

}  // namespace

/// Whether a state that moves θ, a signed moment, is not 0.
template <typename Real>
bool IdleReplay<Real>::moves(Real* const* states, size_t count) const {
  for (int s = 0; s < rule_.stateCount; ++s)
    if (rule_.states[s].moment == Moment::signedMoment &&
        std::any_of(states[s], states[s] + count, [](Real m) { return m != 0; }))
      return true;
  return false;
}

/// How many steps after `from` fade before the first one that does not. That one moves rows at rest again.
template <typename Real>
int64_t IdleReplay<Real>::fadingSteps(int64_t from, int64_t t) const {
  int64_t count = 0;
  for (auto more = static_cast<int64_t>(std::bit_floor(static_cast<uint64_t>(t - from))); more > 0; more /= 2)
    if (from + count + more <= t && steps_.over(from + 1, from + count + more).fading < 1) count += more;
  return count;
}

/// Steps are taken one by one while they move θ noticeably, until the effect of past gradients has halved kHalvings
/// times. The others are taken at once, by the product of their factors. Under weight decay that is part of the
/// gradient, states never fade, and all steps are taken one by one.
template <typename Real>
void IdleReplay<Real>::plan(int64_t from, int64_t t, Faded faded) {
  if (plan_.from != from || plan_.t != t) {
    plan_ = {from, t, -1, 0, 0, steps_.over(from + 1, t), {}};
    plan_.halvings = halvingsOf(plan_.all.fading);
  }
  const bool isAtRest = faded == kAtRest;
  const double left = isAtRest ? 0 : std::max(kHalvings<Real> - faded / kPartsOfHalving, 0.0);
  const double untilRest = left == 0 ? 0 : std::ceil(left / plan_.halvings);
  const auto first = static_cast<int64_t>(std::min(static_cast<double>(t - from), untilRest));
  if (first == plan_.first) return;
  plan_.first = first;
  plan_.middle = plan_.halvings > 0 || first > 0 ? t - from - first : fadingSteps(from, t);
  if (plan_.middle > 0)
    plan_.ofMiddle = plan_.middle == t - from ? plan_.all : steps_.over(from + first + 1, from + first + plan_.middle);
}

template <typename Real>
void IdleReplay<Real>::start(Real* theta, Real* const* states, size_t count) const {
  if (!steps_.startKeepsTheta()) return update(steps_.start(), theta, states, count);
  Real copy[kWidth];
  std::copy_n(theta, count, copy);
  update(steps_.start(), copy, states, count);
}

template <typename Real>
void IdleReplay<Real>::update(const void* scalars, Real* theta, Real* const* states, size_t count) const {
  rule_.update(scalars, 1, kNothing<Real>, theta, states, 0, count);
}

template <typename Real>
void IdleReplay<Real>::multiply(const Idle& idle, Real* theta, Real* const* states, size_t count) const {
  const auto scale = [count](Real* values, double factor) {
    if (factor == 1 || std::all_of(values, values + count, [](Real x) { return x == 0; })) return;
    for (size_t j = 0; j < count; ++j) values[j] = static_cast<Real>(values[j] * factor);
  };
  int scaled = 0;
  if (idle.thetaFromState != 0 || idle.stateFromTheta != 0) {
    for (size_t j = 0; j < count; ++j) {
      const double x = theta[j], state = states[0][j];
      theta[j] = static_cast<Real>(idle.factors[0] * x + idle.thetaFromState * state);
      states[0][j] = static_cast<Real>(idle.stateFromTheta * x + idle.factors[1] * state);
    }
    scaled = 1;
  } else {
    scale(theta, idle.factors[0]);
  }
  for (int s = scaled; s < rule_.stateCount; ++s) scale(states[s], idle.factors[1 + s]);
}

template <typename Real>
auto IdleReplay<Real>::advance(int64_t from, int64_t t, Faded faded, Real* theta, Real* const* states, size_t count)
    -> Faded {
  if (from == 0) {  // states get their initial values
    start(theta, states, count);
    from = 1;
    faded = kAtRest;  // no gradient has moved it yet
  }
  if (since_ == 0) return faded;
  from = std::max(from, since_ - 1);
  if (from >= t) return faded;
  if (rule_.followsHyperparameters) {  // θ follows from the states, which idle steps keep, and from step t alone
    update(steps_.scalars(t), theta, states, count);
    return kAtRest;
  }
  if (!moves(states, count)) faded = kAtRest;
  plan(from, t, faded);
  const auto replay = [&](int64_t first, int64_t last) {
    for (int64_t step = first; step <= last; ++step) update(steps_.scalars(step), theta, states, count);
  };
  replay(from + 1, from + plan_.first);
  const int64_t end = from + plan_.first + plan_.middle;
  if (plan_.middle > 0) multiply(plan_.ofMiddle, theta, states, count);
  replay(end + 1, t);
  if (plan_.halvings == 0) return 0;
  if (plan_.middle > 0 || faded == kAtRest) return kAtRest;
  const double parts = faded + std::floor(static_cast<double>(plan_.first) * plan_.halvings * kPartsOfHalving);
  return static_cast<Faded>(std::min<double>(parts, kAtRest - 1));
}

template class IdleReplay<float>;
template class IdleReplay<double>;

}  // namespace glissade
