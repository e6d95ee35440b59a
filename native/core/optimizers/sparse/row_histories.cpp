#include "optimizers/sparse/row_histories.h"

#include <algorithm>
#include <cmath>

namespace glissade {

template <typename Real>
void RowHistories<Real>::keep(size_t group) {
  if (!steps_[group]) steps_[group] = std::make_unique<IdleSteps<Real>>(groups_.ruleOf(kernels(), group));
}

template <typename Real>
void RowHistories<Real>::addTo(StateLayout& layout) {
  forEach([&](size_t group) {
    offsets_[group] =
        layout.add("history." + std::to_string(group), StateEntry::kOfAll, NumberType::float64, lengthOf(group));
  });
}

template <typename Real>
double RowHistories<Real>::remember(const Kernels& kernels, size_t group, const double* record, int64_t t,
                                    std::byte* state) {
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

template <typename Real>
void RowHistories<Real>::forget(size_t group, const double* record, std::byte* state) {
  steps_[group]->forget(hyperparameters(group, record), at(group, state));
}

template <typename Real>
void RowHistories<Real>::forgetDense(size_t group, const double* record, std::byte* state) {
  if (!scheduled_ && !rowsRest_ && movingSince(group, state) == 0) forget(group, record, state);
}

template <typename Real>
void RowHistories<Real>::forgetAll(const double* record, std::byte* state) {
  if (rowsRest_) return;
  forEach([&](size_t group) { forget(group, record, state); });
}

template <typename Real>
bool RowHistories<Real>::moves(const Kernels& kernels, const double* record) const {
  bool any = false;
  forEach([&](size_t group) {
    const Rule<Real>& rule = groups_.ruleOf(kernels, group);
    const Idle idle = rule.idle(hyperparameters(group, record));
    any |= movesUntouched(rule, idle) || (scheduled_ && rule.followsHyperparameters);
  });
  return any && !rowsRest_;
}

template <typename Real>
bool RowHistories<Real>::haveMoved(std::byte* state) const {
  bool any = false;
  forEach([&](size_t group) { any |= !rowsRest_ && movingSince(group, state) > 0; });
  return any;
}

template <typename Real>
bool RowHistories<Real>::canBeFollowed(const Kernels& kernels, const double* record) const {
  bool all = !rowsRest_;
  forEach([&](size_t group) {
    const Rule<Real>& rule = groups_.ruleOf(kernels, group);
    all &= rule.followsHyperparameters && !movesUntouched(rule, rule.idle(hyperparameters(group, record)));
  });
  return all;
}

template <typename Real>
void RowHistories<Real>::rememberAlone(const Kernels& kernels, const double* record, int64_t t, std::byte* state) {
  forEach([&](size_t group) {
    steps_[group]->rememberAlone(groups_.ruleOf(kernels, group), t, hyperparameters(group, record), at(group, state));
  });
}

template <typename Real>
bool RowHistories<Real>::grows(const Kernels& kernels, const double* record) const {
  bool any = false;
  forEach(
      [&](size_t group) { any |= movesApart(groups_.ruleOf(kernels, group).idle(hyperparameters(group, record))); });
  return any && !rowsRest_;
}

template <typename Real>
void RowHistories<Real>::recall(const Kernels& kernels, std::byte* state, int64_t t) {
  if (t == 0) return;
  forEach([&](size_t group) {
    const Rule<Real>& rule = groups_.ruleOf(kernels, group);
    if (rowsRest_)
      steps_[group]->recallStart(rule, at(group, state));
    else
      steps_[group]->recall(rule, t, at(group, state));
  });
}

template <typename Real>
std::string RowHistories<Real>::faultOf(std::byte* state, int64_t t) const {
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

template class RowHistories<float>;
template class RowHistories<double>;

}  // namespace glissade
