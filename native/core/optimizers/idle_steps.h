#pragma once

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
/// Their hyperparameters lie in a record, which is part of the optimizer's state: [the first step that moves such rows,
/// or 0 | row of step 1 | rows of the steps from that one on, step s at (s − first) mod kRemembered]. What follows from
/// them is kept here, and can be found again from the record. As long as no step moves such rows, the last row lies
/// where the first will be. One member of a team writes; a barrier parts that from those who read.
template <typename Real>
class IdleSteps {
 public:
  static constexpr int64_t kRemembered = 4096;

  explicit IdleSteps(const Rule<Real>& rule);

  /// How many numbers a record holds.
  size_t recordLength() const { return 1 + (1 + kRemembered) * count_; }

  /// The first step that moved rows without a gradient, or 0.
  static int64_t movingSince(const double* record) { return static_cast<int64_t>(record[0]); }

  /// Takes note of step t, the next one.
  void remember(const Rule<Real>& rule, int64_t t, const double* hyperparameters, double* record);
  /// All rows have taken every step before this one, which has a gradient for each.
  void forget(const double* hyperparameters, double* record) const;
  /// Finds what follows from a record that is of steps to t.
  void recall(const Rule<Real>& rule, int64_t t, const double* record);

  /// Where steps without a gradient don't count, a record holds the hyperparameters of step 1 alone, for `start()`.
  size_t startRecordLength() const { return 1 + count_; }
  void rememberStart(const Rule<Real>& rule, int64_t t, const double* hyperparameters, double* record);
  void recallStart(const Rule<Real>& rule, const double* record) { prepareStart(rule, record + 1, start_); }

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
  size_t placeOf(int64_t step, int64_t since) const { return 1 + (1 + slotOf(step - since)) * count_; }
  void workOut(const Rule<Real>& rule, int64_t step, const double* hyperparameters);

  size_t count_, stride_;         // of hyperparameters; of scalars, in bytes
  Buffer<std::byte> scalars_;     // by slot
  Buffer<Idle> blocks_[kLevels];  // what aligned blocks of steps do together
  alignas(16) unsigned char start_[kScalarBytes] = {};
};

/// By how many halvings what still moves θ fades until that is far below what rounding does.
template <typename Real>
inline constexpr double kHalvings = sizeof(Real) == sizeof(double) ? 60 : 30;

/// Takes rows from one step to another without a gradient. Each member of a team has its own, since it keeps what the
/// last row needed: the next one often needs the same.
template <typename Real>
class IdleReplay {
 public:
  IdleReplay(const Rule<Real>& rule, const IdleSteps<Real>& steps, const double* record)
      : rule_(rule), steps_(steps), since_(IdleSteps<Real>::movingSince(record)) {}

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

/// Whether a step that a rule tells of moves rows without a gradient.
template <typename Real>
bool movesUntouched(const Rule<Real>& rule, const Idle& idle);

/// Whether such steps in a row let θ grow without bound: an eigenvalue of what they do to θ and the first state is
/// beyond ±1.
bool movesApart(const Idle& idle);

/// After how many idle steps what they still move θ by is far below what the first one's rounding does.
template <typename Real>
double horizonOf(double memory);

}  // namespace glissade
