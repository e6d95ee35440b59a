#include "optimizers/idle_steps.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <string_view>

namespace glissade {
namespace {

/// What two steps do, one after the other.
Idle after(const Idle& first, const Idle& second) {
  Idle both = second;
  both.memory = std::max(first.memory, second.memory);
  for (int k = 0; k <= kMaxStates; ++k) both.factors[k] *= first.factors[k];
  both.factors[0] += second.thetaFromState * first.stateFromTheta;
  both.factors[1] += second.stateFromTheta * first.thetaFromState;
  both.thetaFromState = second.factors[0] * first.thetaFromState + second.thetaFromState * first.factors[1];
  both.stateFromTheta = second.stateFromTheta * first.factors[0] + second.factors[1] * first.stateFromTheta;
  return both;
}

/// By how many halvings a step fades that shrinks by this factor: any number for 0, none for 1.
double halvingsOf(double memory) { return memory < 1 ? -std::log2(std::max(memory, 0.0)) : 0; }

template <typename Real>
alignas(64) constexpr Real kNothing[IdleReplay<Real>::kWidth] = {};

}  // namespace

template <typename Real>
bool movesUntouched(const Rule<Real>& rule, const Idle& idle) {
  return idle.memory != 0 || idle.thetaFromState != 0 || idle.stateFromTheta != 0 ||
         std::any_of(idle.factors, idle.factors + 1 + rule.stateCount, [](double factor) { return factor != 1; });
}

bool movesApart(const Idle& idle) {
  const double theta = idle.factors[0], state = idle.factors[1], across = idle.thetaFromState * idle.stateFromTheta;
  return (1 - theta) * (1 - state) < across || (1 + theta) * (1 + state) < across || theta * state - across > 1;
}

template <typename Real>
double horizonOf(double memory) {
  return std::ceil(kHalvings<Real> / halvingsOf(memory));
}

template <typename Real>
void prepareStart(const Rule<Real>& rule, const double* hyperparameters, void* scalars) {
  constexpr size_t kMost = kScalarBytes / sizeof(double);
  double still[kMost];
  const auto count = static_cast<size_t>(rule.hyperparameterCount);
  for (size_t i = 0; i < std::min(count, kMost); ++i) {
    const std::string_view name = rule.hyperparameters[i];
    still[i] = name == "learningRate" || name == "weightDecay" ? 0
               : name == "epsilon"                             ? 1  // a gradient of 0 over 0 is no number
                                                               : hyperparameters[i];
  }
  rule.prepare(still, 1, nullptr, scalars);
}

template <typename Real>
IdleSteps<Real>::IdleSteps(const Rule<Real>& rule)
    : count_(static_cast<size_t>(rule.hyperparameterCount)),
      stride_((rule.scalarBytes + 15) / 16 * 16),
      scalars_(static_cast<size_t>(kRemembered) * stride_) {
  for (int level = 0; level < kLevels; ++level)
    blocks_[level] = Buffer<Idle>(static_cast<size_t>(kRemembered >> level));
}

template <typename Real>
void IdleSteps<Real>::remember(const Rule<Real>& rule, int64_t t, const double* hyperparameters, double* record) {
  if (t == 1) {
    std::copy_n(hyperparameters, count_, record + 1);
    rule.prepare(hyperparameters, 1, nullptr, start_);
  }
  if (movingSince(record) == 0) {
    const Idle idle = rule.idle(hyperparameters);
    double* const last = record + placeOf(0, 0);
    const bool follows =
        idle.followsHyperparameters && t > 1 && !std::equal(hyperparameters, hyperparameters + count_, last);
    if (!follows && !movesUntouched(rule, idle)) {
      std::copy_n(hyperparameters, count_, last);
      return;
    }
    record[0] = static_cast<double>(t);
  }
  std::copy_n(hyperparameters, count_, record + placeOf(t, movingSince(record)));
  workOut(rule, t, hyperparameters);
}

template <typename Real>
void IdleSteps<Real>::forget(const double* hyperparameters, double* record) const {
  record[0] = 0;
  std::copy_n(hyperparameters, count_, record + placeOf(0, 0));  // θ is where these put it
}

template <typename Real>
void IdleSteps<Real>::rememberStart(const Rule<Real>& rule, int64_t t, const double* hyperparameters, double* record) {
  if (t != 1) return;
  std::copy_n(hyperparameters, count_, record + 1);
  recallStart(rule, record);
}

template <typename Real>
void IdleSteps<Real>::recall(const Rule<Real>& rule, int64_t t, const double* record) {
  rule.prepare(record + 1, 1, nullptr, start_);
  const int64_t since = movingSince(record);
  if (since == 0) return;
  for (int64_t step = std::max(since, t - kRemembered + 1); step <= t; ++step)
    workOut(rule, step, record + placeOf(step, since));
}

template <typename Real>
void IdleSteps<Real>::workOut(const Rule<Real>& rule, int64_t step, const double* hyperparameters) {
  rule.prepare(hyperparameters, step, nullptr, scalars_.data() + slotOf(step) * stride_);
  block(0, step) = rule.idle(hyperparameters);
  // A block of two is known with its second half.
  for (int level = 1; level < kLevels && (step + 1) % (int64_t{1} << level) == 0; ++level) {
    const int64_t index = step >> level;
    block(level, index) = after(block(level - 1, 2 * index), block(level - 1, 2 * index + 1));
  }
}

template <typename Real>
Idle IdleSteps<Real>::over(int64_t first, int64_t last) const {
  Idle all{};
  for (int64_t step = first; step <= last;) {
    const auto left = static_cast<uint64_t>(last - step + 1);
    const int level = std::min<int>(
        {std::countr_zero(static_cast<uint64_t>(step)), static_cast<int>(std::bit_width(left)) - 1, kLevels - 1});
    const Idle& part = block(level, step >> level);
    all = step == first ? part : after(all, part);
    step += int64_t{1} << level;
  }
  return all;
}

/// Whether a state that moves θ is not 0.
template <typename Real>
bool IdleReplay<Real>::moves(Real* const* states, size_t count) const {
  for (int s = 0; s < rule_.stateCount; ++s)
    if (rule_.states[s].moment == Moment::signedMoment &&
        std::any_of(states[s], states[s] + count, [](Real m) { return m != 0; }))
      return true;
  return false;
}

/// How many steps after step `from` fade, up to the first one that doesn't: which moves rows at rest again.
template <typename Real>
int64_t IdleReplay<Real>::fadingSteps(int64_t from, int64_t t) const {
  int64_t count = 0;
  for (auto more = static_cast<int64_t>(std::bit_floor(static_cast<uint64_t>(t - from))); more > 0; more /= 2)
    if (from + count + more <= t && steps_.over(from + 1, from + count + more).memory < 1) count += more;
  return count;
}

template <typename Real>
void IdleReplay<Real>::plan(int64_t from, int64_t t, Faded faded) {
  if (plan_.from != from || plan_.t != t) {
    plan_ = {from, t, -1, 0, 0, steps_.over(from + 1, t), {}};
    plan_.halvings = halvingsOf(plan_.all.memory);
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
  if (from == 0) {  // states take the values they start from
    update(steps_.start(), theta, states, count);
    from = 1;
    faded = kAtRest;  // no gradient has moved it yet
  }
  if (since_ == 0) return faded;
  from = std::max(from, since_ - 1);
  if (from >= t) return faded;
  if (!moves(states, count)) faded = kAtRest;
  plan(from, t, faded);
  const auto replay = [&](int64_t first, int64_t last) {
    for (int64_t step = first; step <= last; ++step) update(steps_.scalars(step), theta, states, count);
  };
  replay(from + 1, from + plan_.first);
  const int64_t end = from + plan_.first + plan_.middle;
  if (plan_.middle > 0) {
    multiply(plan_.ofMiddle, theta, states, count);
    // θ is where the hyperparameters of the last step put it.
    if (plan_.all.followsHyperparameters && end == t) update(steps_.scalars(t), theta, states, count);
  }
  replay(end + 1, t);
  if (plan_.halvings == 0) return 0;
  if (plan_.middle > 0 || faded == kAtRest) return kAtRest;
  const double parts = faded + std::floor(static_cast<double>(plan_.first) * plan_.halvings * kPartsOfHalving);
  return static_cast<Faded>(std::min<double>(parts, kAtRest - 1));
}

template class IdleSteps<float>;
template class IdleSteps<double>;
template class IdleReplay<float>;
template class IdleReplay<double>;
template void prepareStart<float>(const Rule<float>& rule, const double* hyperparameters, void* scalars);
template void prepareStart<double>(const Rule<double>& rule, const double* hyperparameters, void* scalars);
template bool movesUntouched<float>(const Rule<float>& rule, const Idle& idle);
template bool movesUntouched<double>(const Rule<double>& rule, const Idle& idle);
template double horizonOf<float>(double memory);
template double horizonOf<double>(double memory);

}  // namespace glissade
