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

/// Scalars of a step without a gradient by which states take the values that they start from, and θ stays.
template <typename Real>
void prepareStart(const Rule<Real>& rule, const double* hyperparameters, void* scalars);

/// What the last steps of a group of parameters do to rows that no gradient touches.
///
/// Their hyperparameters lie in a history, which is part of the optimizer's state: [the first step that moves such
/// rows, or 0 | those of step 1 | those of the steps from that one on, step s at (s − first) mod kRemembered]. What
/// follows from them is kept here, and can be found again from the history. As long as no step moves such rows, those
/// of the last step lie where those of the first will be. One member of a team writes; a barrier parts that from those
/// who read.
template <typename Real>
class IdleSteps {
 public:
  static constexpr int64_t kRemembered = 4096;

  explicit IdleSteps(const Rule<Real>& rule);

  /// How many numbers a history holds.
  size_t historyLength() const { return 1 + (1 + kRemembered) * count_; }

  /// The first step that moved rows without a gradient, or 0.
  static int64_t movingSince(const double* history) { return static_cast<int64_t>(history[0]); }

  /// Takes note of step t, the next one.
  void remember(const Rule<Real>& rule, int64_t t, const double* hyperparameters, double* history);
  /// All rows have taken every step before this one, which has a gradient for each.
  void forget(const double* hyperparameters, double* history) const;
  /// Finds what follows from a history that is of steps to t.
  void recall(const Rule<Real>& rule, int64_t t, const double* history);

  /// Where steps without a gradient don't count, a history holds the hyperparameters of step 1 alone, for `start()`.
  size_t startHistoryLength() const { return 1 + count_; }
  void rememberStart(const Rule<Real>& rule, int64_t t, const double* hyperparameters, double* history);
  void recallStart(const Rule<Real>& rule, const double* history) { prepareStart(rule, history + 1, start_); }

  /// The scalars of a remembered step, and those of step 1.
  const void* scalars(int64_t step) const { return scalars_.data() + slotOf(step) * stride_; }
  const void* start() const { return start_; }

  /// What steps first, …, last do together, of which all are remembered; `memory` is that of the slowest.
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
  Buffer<Idle> blocks_[kLevels];  // what aligned blocks of steps do together
  alignas(16) unsigned char start_[kScalarBytes] = {};
};

/// Whether a step that a rule tells of moves rows without a gradient.
template <typename Real>
bool movesUntouched(const Rule<Real>& rule, const Idle& idle);

/// Whether such steps in a row let θ grow without bound: an eigenvalue of what they do to θ and the first state is
/// beyond ±1.
bool movesApart(const Idle& idle);

/// By how many halvings what still moves θ fades until that is far below what rounding does.
template <typename Real>
inline constexpr double kHalvings = sizeof(Real) == sizeof(double) ? 60 : 30;

/// By how many halvings a step fades that shrinks by this factor: any number for 0, none for 1.
inline double halvingsOf(double memory) { return memory < 1 ? -std::log2(std::max(memory, 0.0)) : 0; }

/// After how many idle steps what they still move θ by is far below what the first one's rounding does.
template <typename Real>
double horizonOf(double memory) {
  return std::ceil(kHalvings<Real> / halvingsOf(memory));
}

}  // namespace glissade
