#include "optimizers/sparse/idle_steps.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <string_view>

#include "record.h"

namespace glissade {
namespace {

/// The joint effect of two steps, one after the other.
Idle after(const Idle& first, const Idle& second) {
  Idle both = second;
  both.fading = std::max(first.fading, second.fading);
  for (int k = 0; k <= kMaxStates; ++k) both.factors[k] *= first.factors[k];
  both.factors[0] += second.thetaFromState * first.stateFromTheta;
  both.factors[1] += second.stateFromTheta * first.thetaFromState;
  both.thetaFromState = second.factors[0] * first.thetaFromState + second.thetaFromState * first.factors[1];
  both.stateFromTheta = second.stateFromTheta * first.factors[0] + second.factors[1] * first.stateFromTheta;
  return both;
}

}  // namespace

template <typename Real>
bool movesUntouched(const Rule<Real>& rule, const Idle& idle) {
  return idle.fading != 0 || idle.thetaFromState != 0 || idle.stateFromTheta != 0 ||
         std::any_of(idle.factors, idle.factors + 1 + rule.stateCount, [](double factor) { return factor != 1; });
}

bool movesApart(const Idle& idle) {
  const double theta = idle.factors[0], state = idle.factors[1], across = idle.thetaFromState * idle.stateFromTheta;
  return (1 - theta) * (1 - state) < across || (1 + theta) * (1 + state) < across || theta * state - across > 1;
}

template <typename Real>
void prepareStart(const Rule<Real>& rule, const double* hyperparameters, void* scalars) {
  // The states of such a rule start from θ and the hyperparameters; a gradient of 0 leaves θ where it is.
  if (rule.followsHyperparameters) return rule.prepare(hyperparameters, 1, nullptr, scalars);
  double still[kMaxHyperparameters];
  forEachName(rule.hyperparameters, [&](size_t i, std::string_view name) {
    still[i] = name == "learningRate" || name == "weightDecay" ? 0
               : name == "epsilon"                             ? 1  // else 0 / 0 is NaN
                                                               : hyperparameters[i];
  });
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
void IdleSteps<Real>::remember(const Rule<Real>& rule, int64_t t, const double* hyperparameters, double* history) {
  if (t == 1) {
    std::copy_n(hyperparameters, count_, history + 1);
    rule.prepare(hyperparameters, 1, nullptr, start_);
  }
  if (movingSince(history) == 0) {
    const Idle idle = rule.idle(hyperparameters);
    double* const last = history + offsetOf(0, 0);
    const bool follows =
        rule.followsHyperparameters && t > 1 && !std::equal(hyperparameters, hyperparameters + count_, last);
    if (!follows && !movesUntouched(rule, idle)) {
      std::copy_n(hyperparameters, count_, last);
      return;
    }
    history[0] = static_cast<double>(t);
  }
  std::copy_n(hyperparameters, count_, history + offsetOf(t, movingSince(history)));
  workOut(rule, t, hyperparameters);
}

template <typename Real>
void IdleSteps<Real>::rememberAlone(const Rule<Real>& rule, int64_t t, const double* hyperparameters, double* history) {
  history[0] = static_cast<double>(t);
  std::copy_n(hyperparameters, count_, history + offsetOf(t, t));
  workOut(rule, t, hyperparameters);
}

template <typename Real>
void IdleSteps<Real>::forget(const double* hyperparameters, double* history) const {
  history[0] = 0;
  std::copy_n(hyperparameters, count_, history + offsetOf(0, 0));  // those of the last step
}

template <typename Real>
void IdleSteps<Real>::rememberStart(const Rule<Real>& rule, int64_t t, const double* hyperparameters, double* history) {
  if (t != 1) return;
  std::copy_n(hyperparameters, count_, history + 1);
  recallStart(rule, history);
}

template <typename Real>
void IdleSteps<Real>::recall(const Rule<Real>& rule, int64_t t, const double* history) {
  rule.prepare(history + 1, 1, nullptr, start_);
  const int64_t since = movingSince(history);
  if (since == 0) return;
  for (int64_t step = std::max(since, t - kRemembered + 1); step <= t; ++step)
    workOut(rule, step, history + offsetOf(step, since));
}

template <typename Real>
void IdleSteps<Real>::workOut(const Rule<Real>& rule, int64_t step, const double* hyperparameters) {
  rule.prepare(hyperparameters, step, nullptr, scalars_.data() + slotOf(step) * stride_);
  block(0, step) = rule.idle(hyperparameters);
  // A block is complete with its second half.
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

template class IdleSteps<float>;
template class IdleSteps<double>;
template void prepareStart<float>(const Rule<float>& rule, const double* hyperparameters, void* scalars);
template void prepareStart<double>(const Rule<double>& rule, const double* hyperparameters, void* scalars);
template bool movesUntouched<float>(const Rule<float>& rule, const Idle& idle);
template bool movesUntouched<double>(const Rule<double>& rule, const Idle& idle);

}  // namespace glissade
