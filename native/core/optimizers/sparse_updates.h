#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kernels/kernels.h"
#include "optimizers/gradient.h"
#include "optimizers/idle_steps.h"
#include "optimizers/lazy_rows.h"
#include "optimizers/options.h"
#include "optimizers/parameters.h"
#include "optimizers/rule.h"
#include "optimizers/state_layout.h"
#include "parallel/team.h"

namespace glissade {

/// The matrices whose gradients may come for some of their rows only, and what steps do to the other rows: as much as a
/// gradient of zeros, made up for later; or, where rows rest, nothing. What it remembers lies in the optimizer's state.
template <typename Real>
class SparseUpdates {
 public:
  /// How the arrays of a group are updated: the rule, among a table's, and where its hyperparameters begin in a row.
  struct Group {
    int rule;
    size_t row;
  };

  /// Memory that is lent for a call.
  struct Lent {
    const Kernels& kernels;
    const StateLayout<Real>& layout;
    Real* const* parameters;
    std::byte* state;
  };

  SparseUpdates(std::shared_ptr<const Parameters> parameters, std::vector<Group> groups,
                const OptimizerOptions& options);

  bool takes(size_t array) const { return matrices_[array] != nullptr; }
  size_t columns(size_t array) const { return matrices_[array]->columns(); }
  /// How many marks the table of an array holds, or 0; how many numbers the record of a group holds, or 0.
  size_t tableLength(size_t array) const;
  size_t recordLength(size_t group) const;

  /// Makes room for the next step, before a team enters it.
  /// @throws std::bad_alloc, with nothing changed.
  void reserve(const Gradient* gradients);
  void reserve(size_t rows);

  /// Sums up the rows of sparse gradients that occur more than once. One member calls this, before a barrier.
  void gather(const Gradient* gradients);
  /// The rows that were gathered of an array.
  Real* values(size_t array) const { return matrices_[array]->values(); }
  size_t valueCount(size_t array) const { return matrices_[array]->valueCount(); }

  /// Takes note of step t with its row of numbers. One member calls this, before a barrier.
  void begin(const Lent& lent, const Gradient* gradients, const double* row, int64_t t);
  /// Brings matrices whose gradient is for all rows up to the step before t.
  void readyDense(const Member& member, const Lent& lent, int64_t t);
  /// Updates the gathered rows of an array at step t, and brings rows up to it whose turn it is.
  void update(const Member& member, const Lent& lent, size_t array, const void* scalars, Real gradientScale, int64_t t);
  /// Matrices whose gradient is for all rows have taken step t. One member calls this.
  void finish(const Lent& lent, const Gradient* gradients, int64_t t) const;
  /// All matrices have taken steps to t otherwise than by `update`, the last one with this row of numbers; none of them
  /// moves rows without a gradient.
  void settleAfterOtherSteps(const Lent& lent, const double* row, int64_t t) const;

  /// Brings some rows of an array to step t; each is worked on by one member.
  void catchUp(const Member& member, const Lent& lent, size_t array, const std::vector<uint32_t>& rows, int64_t t);

  /// How far a walk through all rows has come. All members of a team share it.
  struct Walk {
    size_t array = 0, row = 0;
  };
  /// Brings some more rows to step t, in about a millisecond at most. Tells all members whether any are left.
  bool catchUp(const Member& member, const Lent& lent, int64_t t, Walk& walk);
  /// Writes what some more rows are at step t to copies of the parameters. Nothing else changes.
  bool foresee(const Member& member, const Lent& lent, int64_t t, Walk& walk, Real* const* copies);

  /// Whether any row may have to be moved by what it has missed until step t.
  bool lags(const Lent& lent, int64_t t) const;
  /// Whether a step with this row of numbers moves rows that its gradient does not touch; and whether any remembered
  /// one has.
  bool moves(const Kernels& kernels, const double* row) const;
  bool hasMoved(const Lent& lent) const;
  /// Whether steps with this row let rows without a gradient grow without bound.
  bool grows(const Kernels& kernels, const double* row) const;

  /// Finds again what follows from a state that was filled elsewhere, after step t.
  void recall(const Lent& lent, int64_t t);
  /// What is wrong with such a state, as a sentence's end; empty where nothing is.
  std::string faultOf(const Lent& lent, int64_t t) const;

 private:
  const Rule<Real>& ruleOfGroup(const Kernels& kernels, size_t group) const {
    return kernels.of<Real>().rules[groups_[group].rule];
  }
  const Rule<Real>& ruleOf(const Kernels& kernels, size_t array) const {
    return ruleOfGroup(kernels, (*parameters_)[array].group);
  }
  const IdleSteps<Real>& stepsOf(size_t array) const { return *steps_[(*parameters_)[array].group]; }
  const double* recordOf(const Lent& lent, size_t array) const;
  IdleReplay<Real> replayOf(const Lent& lent, size_t array) const {
    return {ruleOf(lent.kernels, array), stepsOf(array), recordOf(lent, array)};
  }
  typename LazyRows<Real>::Memory memoryOf(const Lent& lent, size_t array) const;
  bool isBehind(const Lent& lent, size_t array, int64_t t) const;
  void beginGroup(const Lent& lent, size_t group, const Gradient* gradients, const double* hyperparameters, int64_t t);
  void settle(const Lent& lent, int64_t t) const;
  void settle(const Lent& lent, size_t array, int64_t t) const;
  /// Calls visit(array, rows) for this member's share of some more rows.
  template <typename Visit>
  bool walkOn(const Member& member, const Lent& lent, int64_t t, Walk& walk, Visit visit);

  std::shared_ptr<const Parameters> parameters_;
  std::vector<Group> groups_;
  bool rest_, scheduled_;  // whether rows without a gradient rest; whether hyperparameters differ from step to step
  std::vector<std::unique_ptr<LazyRows<Real>>> matrices_;  // by array, or none
  std::vector<std::unique_ptr<IdleSteps<Real>>> steps_;    // by group, or none
  std::vector<std::vector<size_t>> arraysOf_;              // by group, those of matrices
  bool isInUse_ = false;                                   // whether any gradient has been for some rows only
  std::vector<uint8_t> lagsBehindDense_;                   // by array, of the step under way
};

}  // namespace glissade
