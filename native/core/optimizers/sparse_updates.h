#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kernels/kernels.h"
#include "optimizers/gathered_rows.h"
#include "optimizers/groups.h"
#include "optimizers/lazy_rows.h"
#include "optimizers/lent.h"
#include "optimizers/options.h"
#include "optimizers/parameters.h"
#include "optimizers/row_histories.h"
#include "optimizers/rule_states.h"
#include "optimizers/state_layout.h"
#include "parallel/team.h"

namespace glissade {

/// The matrices whose gradients may come for some of their rows only, and what steps do to the other rows: as much as a
/// gradient of zeros, made up for later; or, where rows rest, nothing.
///
/// State: `lastStep`, for each such matrix, a mark of each row (LazyRows); and the histories of steps (RowHistories).
template <typename Real>
class SparseUpdates {
 public:
  SparseUpdates(std::shared_ptr<const Parameters> parameters, const Groups<Real>& groups,
                const RuleStates<Real>& states, const OptimizerOptions& options, StateLayout& layout);

  bool takes(size_t array) const { return matrices_[array] != nullptr; }
  const RowHistories<Real>& histories() const { return histories_; }

  /// Makes room for the next step, before a team enters it: its sparse gradients, or gradients of at most so many rows
  /// of each matrix.
  /// @throws std::bad_alloc, with nothing changed.
  void reserve(const Gradient* gradients);
  void reserve(size_t rows);

  /// About how many elements a step updates for a sparse gradient of an array.
  size_t workOf(size_t array, const Gradient& gradient) const;

  /// Sums up the rows of sparse gradients that occur more than once. One member calls this, before a barrier.
  void gather(const Gradient* gradients);
  /// These rows, by array.
  std::vector<GatheredRows<Real>>& gathered() { return gathered_; }

  /// Takes note of step t with its record. One member calls this, before a barrier.
  void begin(const Kernels& kernels, const Lent<Real>& lent, const double* record, int64_t t);
  /// Brings matrices whose gradient is for all rows up to the step before t.
  void readyDense(const Kernels& kernels, const Member& member, const Lent<Real>& lent, int64_t t);
  /// Updates the gathered rows of an array at step t, and brings rows up to it whose turn it is.
  void update(const Kernels& kernels, const Member& member, const Lent<Real>& lent, size_t array, const void* scalars,
              Real gradientScale, int64_t t);
  /// Matrices whose gradient is for all rows have taken step t. One member calls this.
  void finish(const Lent<Real>& lent, int64_t t) const;
  /// All matrices have taken steps to t otherwise than by `update`, the last one with this record. None of them moves
  /// rows without a gradient.
  void settleAfterOtherSteps(const Lent<Real>& lent, const double* record, int64_t t);

  /// Brings some rows of an array to step t; each is worked on by one member.
  void catchUpRows(const Kernels& kernels, const Member& member, const Lent<Real>& lent, size_t array,
                   const std::vector<uint32_t>& rows, int64_t t);

  /// How far a walk through all rows has come. All members of a team share it.
  struct Walk {
    size_t array = 0, row = 0;
  };
  /// Brings some more rows to step t, in about a millisecond at most. Tells all members whether any are left.
  bool catchUp(const Kernels& kernels, const Member& member, const Lent<Real>& lent, int64_t t, Walk& walk);
  /// Writes what some more rows are at step t to copies of the parameters. Nothing else changes.
  bool foresee(const Kernels& kernels, const Member& member, const Lent<Real>& lent, int64_t t, Walk& walk,
               Real* const* copies);
  /// Whether any row may have to be moved by what it has missed until step t.
  bool lags(const Kernels& kernels, std::byte* state, int64_t t) const;

  /// Finds again what follows from a state that was filled elsewhere, after step t.
  void recall(const Kernels& kernels, std::byte* state, int64_t t);
  /// What is wrong with such a state, as a sentence; empty where nothing is.
  std::string faultOf(std::byte* state, int64_t t) const;

 private:
  using Mark = typename LazyRows<Real>::Mark;

  size_t groupOf(size_t array) const { return (*parameters_)[array].group; }
  Mark* tableOf(size_t array, std::byte* state) const { return reinterpret_cast<Mark*>(state + tables_[array]); }
  typename LazyRows<Real>::Memory memoryOf(const Lent<Real>& lent, size_t array) const;
  IdleReplay<Real> replayOf(const Kernels& kernels, size_t array, std::byte* state) const {
    return histories_.replayOf(kernels, groupOf(array), state);
  }
  int64_t movingSince(size_t array, std::byte* state) const { return histories_.movingSince(groupOf(array), state); }
  bool isBehind(const Kernels& kernels, std::byte* state, size_t array, int64_t t) const;
  void beginGroup(const Kernels& kernels, const Lent<Real>& lent, size_t group, const double* record, int64_t t);
  void settle(std::byte* state, int64_t t) const;
  void settle(std::byte* state, size_t array, int64_t t) const;
  /// Calls visit(array, rows) for this member's share of some more rows.
  template <typename Visit>
  bool walkOn(const Kernels& kernels, const Member& member, const Lent<Real>& lent, int64_t t, Walk& walk, Visit visit);

  std::shared_ptr<const Parameters> parameters_;
  const RuleStates<Real>& states_;
  RowHistories<Real> histories_;
  std::vector<std::unique_ptr<LazyRows<Real>>> matrices_;  // by array, or none
  std::vector<GatheredRows<Real>> gathered_;               // by array
  std::vector<std::vector<size_t>> arraysOf_;              // by group, those of matrices
  std::vector<size_t> tables_;                             // by array, in the state
  bool isInUse_ = false;                                   // whether any gradient has been for some rows only
  std::vector<uint8_t> lagsBehindDense_;                   // by array, of the step under way
};

}  // namespace glissade
