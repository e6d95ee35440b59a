#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kernels/kernels.h"
#include "optimizers/groups.h"
#include "optimizers/sparse/idle_replay.h"
#include "optimizers/sparse/idle_steps.h"
#include "optimizers/state_layout.h"

namespace glissade {

/// The histories of groups, by which rows catch up with idle steps.
///
/// State: `history.<group>`, the hyperparameters of past steps (IdleSteps); where rows rest, those of the first step.
template <typename Real>
class RowHistories {
 public:
  RowHistories(const Groups<Real>& groups, bool rowsRest, bool scheduled)
      : groups_(groups), rowsRest_(rowsRest), scheduled_(scheduled), steps_(groups.count()), offsets_(groups.count()) {}

  /// Keeps a history for a group.
  void keep(size_t group);
  /// Adds the histories that are kept to the state.
  void addTo(StateLayout& layout);

  /// Whether rows without a gradient rest instead of taking idle steps.
  bool rowsRest() const { return rowsRest_; }

  /// The first step that moved rows without a gradient, or 0 if none has.
  int64_t movingSince(size_t group, std::byte* state) const { return IdleSteps<Real>::movingSince(at(group, state)); }
  /// Whether rows catch up by the last step alone, however many they have missed: no row has to take its turn.
  bool needsLastStepAlone(const Kernels& kernels, size_t group) const {
    return groups_.ruleOf(kernels, group).followsHyperparameters;
  }
  IdleReplay<Real> replayOf(const Kernels& kernels, size_t group, std::byte* state) const {
    return {groups_.ruleOf(kernels, group), *steps_[group], at(group, state)};
  }

  /// Records step t. Returns for how many idle steps after it θ moves (horizonOf), or -1 if no step so far has moved
  /// rows without a gradient.
  double remember(const Kernels& kernels, size_t group, const double* record, int64_t t, std::byte* state);
  /// Empties a group's history: no row lags after a step with this record.
  void forget(size_t group, const double* record, std::byte* state);
  /// Starts a history after steps whose gradients were for all rows, which kept none. Without schedules, their
  /// hyperparameters were those of this record.
  void forgetDense(size_t group, const double* record, std::byte* state);
  /// Empties all histories after steps that moved no row without a gradient. The last one had this record.
  void forgetAll(const double* record, std::byte* state);

  /// Whether a step with this record moves rows that its gradient does not touch; whether any remembered step has.
  bool moves(const Kernels& kernels, const double* record) const;
  bool haveMoved(std::byte* state) const;
  /// Remembers step t alone: rows have yet to follow its hyperparameters, whatever they followed before.
  void rememberAlone(const Kernels& kernels, const double* record, int64_t t, std::byte* state);
  /// Whether such rows move no more than θ follows from the hyperparameters of the last step.
  bool canBeFollowed(const Kernels& kernels, const double* record) const;
  /// Whether steps with this record let rows without a gradient grow without bound.
  bool grows(const Kernels& kernels, const double* record) const;

  /// Recomputes what follows from a state that was filled elsewhere, after step t.
  void recall(const Kernels& kernels, std::byte* state, int64_t t);
  /// Says what is wrong with histories that were filled elsewhere, without a full stop; empty if nothing is.
  std::string faultOf(std::byte* state, int64_t t) const;

 private:
  size_t lengthOf(size_t group) const {
    return rowsRest_ ? steps_[group]->startHistoryLength() : steps_[group]->historyLength();
  }
  double* at(size_t group, std::byte* state) const { return reinterpret_cast<double*>(state + offsets_[group]); }
  const double* hyperparameters(size_t group, const double* record) const {
    return record + groups_[group].hyperparameters;
  }
  /// Calls visit(group) for each group with a history.
  template <typename Visit>
  void forEach(Visit visit) const {
    for (size_t group = 0; group < steps_.size(); ++group)
      if (steps_[group]) visit(group);
  }

  const Groups<Real>& groups_;
  bool rowsRest_, scheduled_;                            // scheduled: hyperparameters differ from step to step
  std::vector<std::unique_ptr<IdleSteps<Real>>> steps_;  // by group, or null
  std::vector<size_t> offsets_;                          // by group, in the state
};

}  // namespace glissade
