#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kernels/kernels.h"
#include "optimizers/gradient.h"
#include "optimizers/groups.h"
#include "optimizers/options.h"
#include "optimizers/parameters.h"
#include "optimizers/rule_states.h"
#include "optimizers/sparse/gathered_rows.h"
#include "optimizers/sparse/lazy_rows.h"
#include "optimizers/sparse/row_histories.h"
#include "optimizers/state_layout.h"
#include "parallel/team.h"

namespace glissade {

/// The matrices whose gradients may be for some of their rows only. The other rows catch up later with steps whose
/// gradient is zero. Where rows rest, steps don't change them.
///
/// State: `lastStep`, the table of each such matrix (LazyRows: its marks and cursors; saved states know it by this
/// name); and the histories of steps (RowHistories).
template <typename Real>
class SparseUpdates {
 public:
  SparseUpdates(std::shared_ptr<const Parameters> parameters, const Groups<Real>& groups,
                const RuleStates<Real>& states, const OptimizerOptions& options, StateLayout& layout);

  /// Whether the gradient of an array may be for some of its rows only.
  bool isLazy(size_t array) const { return matrices_[array] != nullptr; }
  const RowHistories<Real>& histories() const { return histories_; }

  /// Makes room for the next step, before a team enters it: for these sparse gradients, or for gradients of at most
  /// `rows` rows of each matrix.
  /// @throws std::bad_alloc, with nothing changed.
  void reserve(const Gradient* gradients);
  void reserve(size_t rows);

  /// About how many elements a step updates for a sparse gradient of an array.
  size_t workOf(size_t array, const Gradient& gradient) const;

  /// Sorts the rows of sparse gradients, and sums those that occur more than once; see GatheredRows for `mayChange`.
  /// One member calls this, before a barrier.
  void gather(const Gradient* gradients, bool mayChange);
  /// The rows of sparse gradients after `gather`, by array.
  std::vector<GatheredRows<Real>>& gathered() { return gathered_; }

  /// Records step t, and finds the rows whose turn it is. One member calls this, before a barrier.
  void begin(const Kernels& kernels, const StepArrays<Real>& arrays, const double* record, int64_t t);
  /// Brings the rows of matrices whose gradient is for all rows to step t − 1.
  void readyDense(const Kernels& kernels, const Member& member, const StepArrays<Real>& arrays, int64_t t);
  /// Updates the touched rows of an array at step t, and brings the rows whose turn it is to that step.
  void update(const Kernels& kernels, const Member& member, const StepArrays<Real>& arrays, size_t array,
              const void* scalars, Real gradientScale, int64_t t);
  /// Notes that matrices whose gradient was for all rows have taken step t. One member calls this.
  void finish(const StepArrays<Real>& arrays, int64_t t) const;
  /// Notes that all matrices have taken steps up to t without `update`. These left rows without a gradient unchanged;
  /// the last one had this record.
  void settleAfterOtherSteps(const StepArrays<Real>& arrays, const double* record, int64_t t);
  /// The same for steps that moved such rows only as θ follows from the last hyperparameters
  /// (RowHistories::canBeFollowed). The rows have yet to follow those of step t ≥ 2, which had this record.
  void settleBeforeLast(const Kernels& kernels, const StepArrays<Real>& arrays, const double* record, int64_t t);

  /// Brings this member's share of some rows of an array to step t.
  void catchUpRows(const Kernels& kernels, const Member& member, const StepArrays<Real>& arrays, size_t array,
                   const std::vector<uint32_t>& rows, int64_t t);

  /// How far a pass over all rows has come. The members of a team share one.
  struct Progress {
    size_t array = 0, row = 0;
  };
  /// Brings the next rows of a pass to step t, in about a millisecond at most. Returns whether any are left.
  bool catchUp(const Kernels& kernels, const Member& member, const StepArrays<Real>& arrays, int64_t t,
               Progress& progress);
  /// The same in copies of the parameters; nothing else changes. Returns whether any are left.
  bool catchUpCopies(const Kernels& kernels, const Member& member, const StepArrays<Real>& arrays, int64_t t,
                     Progress& progress, Real* const* copies);
  /// Whether all rows are noted to have taken steps up to t.
  bool isSettled(std::byte* state, int64_t t) const;
  /// Whether any row may lag at step t by steps that move it.
  bool lags(const Kernels& kernels, std::byte* state, int64_t t) const;

  /// Recomputes what follows from a state that was filled elsewhere, after step t.
  void recall(const Kernels& kernels, std::byte* state, int64_t t);
  /// Says what is wrong with tables and histories that were filled elsewhere, without a full stop; empty if nothing is.
  std::string faultOf(std::byte* state, int64_t t) const;

 private:
  using Mark = typename LazyRows<Real>::Mark;

  size_t groupOf(size_t array) const { return (*parameters_)[array].group; }
  Mark* tableOf(size_t array, std::byte* state) const { return reinterpret_cast<Mark*>(state + tables_[array]); }
  typename LazyRows<Real>::Memory memoryOf(const StepArrays<Real>& arrays, size_t array) const;
  IdleReplay<Real> replayOf(const Kernels& kernels, size_t array, std::byte* state) const {
    return histories_.replayOf(kernels, groupOf(array), state);
  }
  int64_t movingSince(size_t array, std::byte* state) const { return histories_.movingSince(groupOf(array), state); }
  bool isBehind(const Kernels& kernels, std::byte* state, size_t array, int64_t t) const;
  void beginGroup(const Kernels& kernels, const StepArrays<Real>& arrays, size_t group, const double* record,
                  int64_t t);
  void settle(std::byte* state, int64_t t) const;
  void settle(std::byte* state, size_t array, int64_t t) const;
  /// Calls visit(array, rows) for this member's share of the next rows of a pass. Returns whether any are left.
  template <typename Visit>
  bool advance(const Kernels& kernels, const Member& member, const StepArrays<Real>& arrays, int64_t t,
               Progress& progress, Visit visit);

  std::shared_ptr<const Parameters> parameters_;
  const RuleStates<Real>& states_;
  RowHistories<Real> histories_;
  std::vector<std::unique_ptr<LazyRows<Real>>> matrices_;  // by array, or null
  std::vector<GatheredRows<Real>> gathered_;               // by array
  std::vector<std::vector<size_t>> arraysOf_;              // by group: its matrices
  std::vector<size_t> tables_;                             // by array, offsets in the state
  std::vector<uint8_t> lagsBehindDense_;                   // by array, of the step under way
};

}  // namespace glissade
