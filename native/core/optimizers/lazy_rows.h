#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "arch/kernels.h"
#include "matrix/buffer.h"
#include "parallel/team.h"

namespace glissade {

/// The scalars and the idle steps of a rule, by step. Each member of a team has its own.
template <typename Real>
class IdleSteps {
 public:
  /// `hyperparameters(step)` are those of step 1, 2, …
  using Hyperparameters = std::function<const double*(int64_t)>;

  IdleSteps(const Rule<Real>& rule, Hyperparameters hyperparameters, bool areConstant)
      : rule_(rule), hyperparameters_(std::move(hyperparameters)), areConstant_(areConstant), kept_(kKept) {}

  const Rule<Real>& rule() const { return rule_; }
  /// Whether hyperparameters are those of any step.
  bool areConstant() const { return areConstant_; }
  /// Whether no step so far, nor the next one, moves anything by itself.
  bool moveNothing() const { return moveNothing_; }
  void moveNothing(bool nothing) { moveNothing_ = nothing; }

  const void* scalars(int64_t step) {
    Kept& kept = kept_[static_cast<size_t>(step) % kKept];
    if (kept.step != step) {
      rule_.prepare(hyperparameters_(step), step, nullptr, kept.scalars);
      kept.step = step;
    }
    return kept.scalars;
  }

  Idle idle(int64_t step) const { return rule_.idle(hyperparameters_(step)); }

  /// The slowest factor by which steps first, …, last shrink what moves θ.
  double memory(int64_t first, int64_t last) const;

  /// What θ and the states are multiplied with by idle steps first, …, last alone.
  Idle idle(int64_t first, int64_t last) const;

 private:
  static constexpr size_t kKept = 1024;
  struct Kept {
    int64_t step = 0;
    alignas(16) unsigned char scalars[kScalarBytes];
  };

  const Rule<Real>& rule_;
  Hyperparameters hyperparameters_;
  bool areConstant_, moveNothing_ = false;
  std::vector<Kept> kept_;
};

/// The rows of a matrix, updated when a gradient touches them. The steps in between, without a gradient, are made up
/// for then: one by one as long as they move anything, the rest at once.
///
/// A table holds the step that each row is up to; 0 stands for the step that the whole matrix is up to, which follows
/// the rows, and after that whether any row is ahead of it.
template <typename Real>
class LazyRows {
 public:
  struct Memory {
    uint32_t* table;
    Real* theta;
    Real* states[kMaxStates];
  };

  LazyRows(size_t rows, size_t columns) : rows_(rows), columns_(columns), nothing_(columns) {}

  size_t rows() const { return rows_; }
  static size_t tableLength(size_t rows) { return rows + 2; }

  /// Makes room for gradients of so many rows.
  void reserve(size_t rows) {
    if (values_.size() >= rows * columns_) return;
    values_ = Buffer<Real>(rows * columns_ + rows * columns_ / 2);
    touched_.reserve(values_.size() / columns_);
    order_.reserve(values_.size() / columns_);
  }

  /// Takes in a gradient: `values` holds a row for each of `rows`, in any order; those of one row are summed.
  void gather(const std::vector<uint32_t>& rows, const Real* values);
  Real* values() { return values_.data(); }
  size_t valueCount() const { return touched_.size() * columns_; }

  /// Updates this member's share of the gathered rows, at step t.
  void update(const Member& member, IdleSteps<Real>& steps, const void* scalars, Real gradientScale, int64_t t,
              const Memory& memory) const;

  /// Makes up for all steps to t in this member's share of all rows; `settle` follows, behind a barrier.
  void catchUp(const Member& member, IdleSteps<Real>& steps, int64_t t, const Memory& memory) const;
  /// The same for some rows.
  void catchUp(const uint32_t* rows, size_t count, IdleSteps<Real>& steps, int64_t t, const Memory& memory) const {
    for (size_t i = 0; i < count; ++i) catchUp(rows[i], steps, t, memory);
  }
  /// What rows of θ are at step t, into `theta`. Nothing else changes.
  void foresee(IdleSteps<Real>& steps, int64_t t, const Memory& memory, Real* theta) const;
  bool lags(const uint32_t* table) const { return table[rows_ + 1] != 0; }

  /// All rows are up to step t.
  void settle(uint32_t* table, int64_t t) const;
  /// Some rows are ahead of the whole.
  void unsettle(uint32_t* table) const { table[rows_ + 1] = 1; }

 private:
  void catchUp(size_t row, IdleSteps<Real>& steps, int64_t t, const Memory& memory) const;
  void repeat(IdleSteps<Real>& steps, int64_t from, int64_t t, Real* theta, Real* const* states) const;
  /// The step that a row is up to.
  int64_t stepOf(size_t row, const uint32_t* table) const { return table[row] != 0 ? table[row] : table[rows_]; }

  size_t rows_, columns_;
  std::vector<uint32_t> touched_;  // in ascending order, each once
  std::vector<size_t> order_;      // of the rows of a gradient
  Buffer<Real> values_;
  Buffer<Real> nothing_;  // a gradient of zeros
};

}  // namespace glissade
