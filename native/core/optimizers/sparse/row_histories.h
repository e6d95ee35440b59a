#pragma once

#include <algorithm>
#include <cmath>
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
  void keep(size_t group) {
    if (!steps_[group]) steps_[group] = std::make_unique<IdleSteps<Real>>(groups_.ruleOf(kernels(), group));
  }
  /// Adds the histories that are kept to the state.
  void addTo(StateLayout& layout) {
    forEach([&](size_t group) {
      offsets_[group] =
          layout.add("history." + std::to_string(group), StateEntry::kOfAll, NumberType::float64, lengthOf(group));
    });
  }

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
  double remember(const Kernels& kernels, size_t group, const double* record, int64_t t, std::byte* state) {
    constexpr double kUnmoved = -1;
    const Rule<Real>& rule = groups_.ruleOf(kernels, group);
    const double* const numbers = hyperparameters(group, record);
    double* const history = at(group, state);
    if (rowsRest_) {
      steps_[group]->rememberStart(rule, t, numbers, history);
      return kUnmoved;
    }
    steps_[group]->remember(rule, t, numbers, history);
    return IdleSteps<Real>::movingSince(history) == 0 ? kUnmoved : horizonOf<Real>(rule.idle(numbers).fading);
  }

  /// Empties a group's history: no row lags after a step with this record.
  void forget(size_t group, const double* record, std::byte* state) {
    steps_[group]->forget(hyperparameters(group, record), at(group, state));
  }
  /// Starts a history after steps whose gradients were for all rows, which kept none. Without schedules, their
  /// hyperparameters were those of this record.
  void forgetDense(size_t group, const double* record, std::byte* state) {
    if (!scheduled_ && !rowsRest_ && movingSince(group, state) == 0) forget(group, record, state);
  }
  /// Empties all histories after steps that moved no row without a gradient. The last one had this record.
  void forgetAll(const double* record, std::byte* state) {
    if (!rowsRest_) forEach([&](size_t group) { forget(group, record, state); });
  }
  /// Remembers step t alone: rows have yet to follow its hyperparameters, whatever they followed before.
  void rememberAlone(const Kernels& kernels, const double* record, int64_t t, std::byte* state) {
    forEach([&](size_t group) {
      steps_[group]->rememberAlone(groups_.ruleOf(kernels, group), t, hyperparameters(group, record), at(group, state));
    });
  }

  /// Whether a step with this record moves rows that its gradient does not touch.
  bool moves(const Kernels& kernels, const double* record) const {
    return !rowsRest_ && any(kernels, record, [&](const Rule<Real>& rule, const Idle& idle) {
      return movesUntouched(rule, idle) || (scheduled_ && rule.followsHyperparameters);
    });
  }
  /// Whether any remembered step has moved such rows.
  bool haveMoved(std::byte* state) const {
    bool any = false;
    forEach([&](size_t group) { any |= !rowsRest_ && movingSince(group, state) > 0; });
    return any;
  }
  /// Whether such rows move no more than θ follows from the hyperparameters of the last step.
  bool canBeFollowed(const Kernels& kernels, const double* record) const {
    return !rowsRest_ && !any(kernels, record, [](const Rule<Real>& rule, const Idle& idle) {
      return !rule.followsHyperparameters || movesUntouched(rule, idle);
    });
  }
  /// Whether steps with this record let rows without a gradient grow without bound.
  bool grows(const Kernels& kernels, const double* record) const {
    return !rowsRest_ && any(kernels, record, [](const Rule<Real>&, const Idle& idle) { return movesApart(idle); });
  }

  /// Recomputes what follows from a state that was filled elsewhere, after step t.
  void recall(const Kernels& kernels, std::byte* state, int64_t t) {
    if (t == 0) return;
    forEach([&](size_t group) {
      const Rule<Real>& rule = groups_.ruleOf(kernels, group);
      if (rowsRest_)
        steps_[group]->recallStart(rule, at(group, state));
      else
        steps_[group]->recall(rule, t, at(group, state));
    });
  }

  /// Says what is wrong with histories that were filled elsewhere, without a full stop; empty if nothing is.
  std::string faultOf(std::byte* state, int64_t t) const {
    std::string fault;
    forEach([&](size_t group) {
      const double* const history = at(group, state);
      const double most = static_cast<double>(rowsRest_ ? 0 : t);
      if (!(history[0] >= 0 && history[0] <= most && history[0] == std::floor(history[0])))
        fault = "history begins at no step so far";
      else if (!std::all_of(history, history + lengthOf(group), [](double x) { return std::isfinite(x); }))
        fault = "history holds what is no number";
    });
    return fault;
  }

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
  /// Whether test(rule, effect of an idle step) holds for any group with a history.
  template <typename Test>
  bool any(const Kernels& kernels, const double* record, Test test) const {
    bool any = false;
    forEach([&](size_t group) {
      const Rule<Real>& rule = groups_.ruleOf(kernels, group);
      any |= test(rule, rule.idle(hyperparameters(group, record)));
    });
    return any;
  }

  const Groups<Real>& groups_;
  bool rowsRest_, scheduled_;                            // scheduled: hyperparameters differ from step to step
  std::vector<std::unique_ptr<IdleSteps<Real>>> steps_;  // by group, or null
  std::vector<size_t> offsets_;                          // by group, in the state
};

}  // namespace glissade
