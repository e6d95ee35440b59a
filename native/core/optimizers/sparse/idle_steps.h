#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/kernels.h"
#include "matrix/buffer.h"
#include "optimizers/rule.h"

namespace glissade {

/// Scalars of an idle step that gives states their initial values and leaves θ unchanged, except for rounding where θ
/// follows from the states: apply it to a copy of θ.
template <typename Real>
void prepareStart(const Rule<Real>& rule, const double* hyperparameters, void* scalars);

/// The effect of a group's last steps on rows without a gradient. It follows from a history, which is part of the
/// optimizer's state:
///
///     [0]      first: the first step that moves such rows, or 0
///     then     the hyperparameters of step 1
///     then     kRemembered slots, step s in slot (s − first) mod kRemembered: the hyperparameters of the steps from
///              `first` on; while that is 0, those of the last step in slot 0
///
/// One member of a team writes. A barrier must separate that from reading.
template <typename Real>
class IdleSteps {
 public:
  static constexpr int64_t kRemembered = 4096;

  explicit IdleSteps(const Rule<Real>& rule);

  /// The length of a history, in numbers.
  size_t historyLength() const { return 1 + (1 + kRemembered) * count_; }

  /// The first step that moved rows without a gradient, or 0 if none has.
  static int64_t movingSince(const double* history) { return static_cast<int64_t>(history[0]); }

  /// Records step t, the next one.
  void remember(const Rule<Real>& rule, int64_t t, const double* hyperparameters, double* history);
  /// Records step t as the only one that moves rows.
  void rememberAlone(const Rule<Real>& rule, int64_t t, const double* hyperparameters, double* history);
  /// Empties the history: no row lags after a step with these hyperparameters.
  void forget(const double* hyperparameters, double* history) const;
  /// Recomputes what follows from a history of the steps up to t.
  void recall(const Rule<Real>& rule, int64_t t, const double* history);

  /// Where rows without a gradient rest, a history contains only the hyperparameters of step 1, for `start()`.
  size_t startHistoryLength() const { return 1 + count_; }
  void rememberStart(const Rule<Real>& rule, int64_t t, const double* hyperparameters, double* history);
  void recallStart(const Rule<Real>& rule, const double* history) {
    prepareStart(rule, history + 1, start_);
    startKeepsTheta_ = true;
  }
  /// Whether θ is to stay as it is when states get their initial values.
  bool startKeepsTheta() const { return startKeepsTheta_; }

  /// The scalars of a remembered step; those by which states get their initial values.
  const void* scalars(int64_t step) const { return scalars_.data() + slotOf(step) * stride_; }
  const void* start() const { return start_; }

  /// The joint effect of steps first, …, last, which must all be remembered. `fading` is the largest of theirs.
  Idle over(int64_t first, int64_t last) const;

 private:
  static constexpr int kLevels = 13;  // blocks of 1, 2, 4, …, kRemembered steps
  static_assert(int64_t{1} << (kLevels - 1) == kRemembered);

  static size_t slotOf(int64_t step) { return static_cast<size_t>(step % kRemembered); }
  Idle& block(int level, int64_t index) {
    return blocks_[static_cast<size_t>(level)][static_cast<size_t>(index % (kRemembered >> level))];
  }
  const Idle& block(int level, int64_t index) const { return const_cast<IdleSteps*>(this)->block(level, index); }
  size_t offsetOf(int64_t step, int64_t since) const { return 1 + (1 + slotOf(step - since)) * count_; }
  void workOut(const Rule<Real>& rule, int64_t step, const double* hyperparameters);

  size_t count_, stride_;         // of hyperparameters; of scalars, in bytes
  Buffer<std::byte> scalars_;     // by slot
  Buffer<Idle> blocks_[kLevels];  // by level: the joint effects of aligned blocks of steps
  alignas(16) unsigned char start_[kScalarBytes] = {};
  bool startKeepsTheta_ = false;
};

/// Whether an idle step changes θ or a state.
template <typename Real>
bool movesUntouched(const Rule<Real>& rule, const Idle& idle);

/// Whether repeated idle steps let θ grow without bound: the 2 × 2 matrix that they multiply θ and the first state by
/// has an eigenvalue of magnitude above 1.
bool movesApart(const Idle& idle);

/// After how many halvings the effect of past gradients on θ is far below rounding errors.
template <typename Real>
inline constexpr double kHalvings = sizeof(Real) == sizeof(double) ? 60 : 30;

/// How many halvings a factor of `fading` is: infinity for 0, 0 for 1 or more.
inline double halvingsOf(double fading) { return fading < 1 ? -std::log2(std::max(fading, 0.0)) : 0; }

/// After how many idle steps the effect of past gradients on θ is far below rounding errors; infinity if it never is.
template <typename Real>
double horizonOf(double fading) {
  return std::ceil(kHalvings<Real> / halvingsOf(fading));
}

}  // namespace glissade
