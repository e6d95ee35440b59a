#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kernels/kernels.h"
#include "optimizers/groups.h"
#include "optimizers/idle_replay.h"
#include "optimizers/idle_steps.h"
#include "optimizers/state_layout.h"

namespace glissade {

/// What the steps of each group have done to rows that no gradient touches, so that such rows can make up for them.
///
/// State: `history.<group>`, the hyperparameters of these steps (IdleSteps); where rows rest, those of the first step.
template <typename Real>
class RowHistories {
 public:
  RowHistories(const Groups<Real>& groups, bool rowsRest, bool scheduled)
      : groups_(groups), rowsRest_(rowsRest), scheduled_(scheduled), steps_(groups.count()), offsets_(groups.count()) {}

  /// Has a group's history kept.
  void keep(size_t group);
  /// Adds the histories that are kept to the state.
  void addTo(StateLayout& layout);

  /// Whether rows without a gradient rest, rather than take steps with one of zeros.
  bool rowsRest() const { return rowsRest_; }

  /// The first step that moved rows without a gradient, or 0.
  int64_t movingSince(size_t group, std::byte* state) const { return IdleSteps<Real>::movingSince(at(group, state)); }
  IdleReplay<Real> replayOf(const Kernels& kernels, size_t group, std::byte* state) const {
    return {groups_.ruleOf(kernels, group), *steps_[group], at(group, state)};
  }

  /// Takes note of step t with its record. Returns for how many steps θ then moves without a gradient, or -1 where no
  /// step has moved it so.
  double remember(const Kernels& kernels, size_t group, const double* record, int64_t t, std::byte* state);
  /// All rows of a group have taken every step before the one with this record.
  void forget(size_t group, const double* record, std::byte* state);
  /// Steps before this one, whose gradients were for all rows, have left no history. Their hyperparameters were those
  /// of the record, unless they change from step to step.
  void forgetDense(size_t group, const double* record, std::byte* state);
  /// All rows have taken steps, the last one with this record, that move no row without a gradient.
  void forgetAll(const double* record, std::byte* state);

  /// Whether a step with this record moves rows that its gradient does not touch; whether any remembered one has.
  bool moves(const Kernels& kernels, const double* record) const;
  bool haveMoved(std::byte* state) const;
  /// Whether steps with this record let rows without a gradient grow without bound.
  bool grows(const Kernels& kernels, const double* record) const;

  /// Finds again what follows from a state that was filled elsewhere, after step t.
  void recall(const Kernels& kernels, std::byte* state, int64_t t);
  /// What is wrong with such a state, as a sentence; empty where nothing is.
  std::string faultOf(std::byte* state, int64_t t) const;

 private:
  size_t lengthOf(size_t group) const {
    return rowsRest_ ? steps_[group]->startHistoryLength() : steps_[group]->historyLength();
  }
  double* at(size_t group, std::byte* state) const { return reinterpret_cast<double*>(state + offsets_[group]); }
  const double* hyperparameters(size_t group, const double* record) const {
    return record + groups_[group].hyperparameters;
  }
  /// Calls visit(group) for those whose histories are kept.
  template <typename Visit>
  void forEach(Visit visit) const {
    for (size_t group = 0; group < steps_.size(); ++group)
      if (steps_[group]) visit(group);
  }

  const Groups<Real>& groups_;
  bool rowsRest_, scheduled_;                            // scheduled: hyperparameters differ from step to step
  std::vector<std::unique_ptr<IdleSteps<Real>>> steps_;  // by group, or none
  std::vector<size_t> offsets_;                          // by group, in the state
};

}  // namespace glissade
