#include "optimizers/sparse_updates.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace glissade {
namespace {

// A part of a walk, for each member: some tens of microseconds, or where each row repeats many steps, a millisecond.
constexpr size_t kPart = 8192;

}  // namespace

template <typename Real>
SparseUpdates<Real>::SparseUpdates(std::shared_ptr<const Parameters> parameters, std::vector<Group> groups,
                                   const OptimizerOptions& options)
    : parameters_(std::move(parameters)),
      groups_(std::move(groups)),
      rest_(options.rowsRest),
      scheduled_(options.scheduled),
      matrices_(parameters_->count()),
      steps_(groups_.size()),
      arraysOf_(groups_.size()),
      lagsBehindDense_(parameters_->count()) {
  for (size_t i = 0; i < matrices_.size(); ++i) {
    const Parameter& array = (*parameters_)[i];
    const Rule<Real>& rule = ruleOf(kernels(), i);
    if (!array.mayBeSparse || array.frozen || !rule.idle || parameters_->lengthOf(i) == 0) continue;
    const size_t rows = array.shape.front();
    matrices_[i] = std::make_unique<LazyRows<Real>>(rows, parameters_->lengthOf(i) / rows);
    if (!steps_[array.group]) steps_[array.group] = std::make_unique<IdleSteps<Real>>(rule);
    arraysOf_[array.group].push_back(i);
  }
}

template <typename Real>
size_t SparseUpdates<Real>::tableLength(size_t array) const {
  return matrices_[array] ? LazyRows<Real>::tableLength(matrices_[array]->rows()) : 0;
}

template <typename Real>
size_t SparseUpdates<Real>::recordLength(size_t group) const {
  if (!steps_[group]) return 0;
  return rest_ ? steps_[group]->startRecordLength() : steps_[group]->recordLength();
}

template <typename Real>
const double* SparseUpdates<Real>::recordOf(const Lent& lent, size_t array) const {
  return lent.layout.record((*parameters_)[array].group, lent.state);
}

template <typename Real>
auto SparseUpdates<Real>::memoryOf(const Lent& lent, size_t array) const -> typename LazyRows<Real>::Memory {
  typename LazyRows<Real>::Memory memory{lent.layout.table(array, lent.state), lent.parameters[array], {}};
  lent.layout.begin(array, lent.state, memory.states);
  return memory;
}

template <typename Real>
void SparseUpdates<Real>::reserve(const Gradient* gradients) {
  for (size_t i = 0; i < matrices_.size(); ++i)
    if (matrices_[i] && gradients[i].rows) matrices_[i]->reserve(gradients[i].rows->size());
}

template <typename Real>
void SparseUpdates<Real>::reserve(size_t rows) {
  for (const auto& matrix : matrices_)
    if (matrix) matrix->reserve(rows);
}

template <typename Real>
void SparseUpdates<Real>::gather(const Gradient* gradients) {
  for (size_t i = 0; i < matrices_.size(); ++i)
    if (matrices_[i] && gradients[i].rows)
      matrices_[i]->gather(*gradients[i].rows, static_cast<const Real*>(gradients[i].data));
}

template <typename Real>
void SparseUpdates<Real>::begin(const Lent& lent, const Gradient* gradients, const double* row, int64_t t) {
  for (size_t i = 0; i < matrices_.size(); ++i) isInUse_ |= matrices_[i] && gradients[i].rows;
  if (!isInUse_) return;
  for (size_t i = 0; i < matrices_.size(); ++i) {
    if (!matrices_[i]) continue;
    LazyRows<Real>& matrix = *matrices_[i];
    auto* const table = lent.layout.table(i, lent.state);
    if (gradients[i].rows && !matrix.isInUse(table)) {
      matrix.settle(table, t - 1);
      // Dense steps leave no record; their hyperparameters were these, unless they change.
      const size_t group = (*parameters_)[i].group;
      double* const record = lent.layout.record(group, lent.state);
      if (!scheduled_ && !rest_ && IdleSteps<Real>::movingSince(record) == 0)
        steps_[group]->forget(row + groups_[group].row, record);
    }
    lagsBehindDense_[i] = !gradients[i].rows && isBehind(lent, i, t - 1);
  }
  for (size_t group = 0; group < groups_.size(); ++group)
    if (steps_[group]) beginGroup(lent, group, gradients, row + groups_[group].row, t);
}

template <typename Real>
void SparseUpdates<Real>::beginGroup(const Lent& lent, size_t group, const Gradient* gradients,
                                     const double* hyperparameters, int64_t t) {
  IdleSteps<Real>& steps = *steps_[group];
  const Rule<Real>& rule = ruleOfGroup(lent.kernels, group);
  double* const record = lent.layout.record(group, lent.state);
  if (rest_) return steps.rememberStart(rule, t, hyperparameters, record);
  bool isAnySparse = false, isAnyBehind = false;
  for (const size_t i : arraysOf_[group]) {
    const auto* const table = lent.layout.table(i, lent.state);
    isAnySparse |= gradients[i].rows != nullptr;
    isAnyBehind |= matrices_[i]->isInUse(table) && matrices_[i]->settled(table) < t - 1;
  }
  if (!isAnySparse && !isAnyBehind) return steps.forget(hyperparameters, record);
  steps.remember(rule, t, hyperparameters, record);
  if (steps.movingSince(record) == 0) return;
  const double horizon = horizonOf<Real>(rule.idle(hyperparameters).memory);
  for (const size_t i : arraysOf_[group])
    if (gradients[i].rows) matrices_[i]->takeTurns(horizon, lent.layout.table(i, lent.state));
}

template <typename Real>
void SparseUpdates<Real>::readyDense(const Member& member, const Lent& lent, int64_t t) {
  for (size_t i = 0; i < matrices_.size(); ++i) {
    if (!lagsBehindDense_[i]) continue;
    IdleReplay<Real> replay = replayOf(lent, i);
    const auto memory = memoryOf(lent, i);
    const Range share = member.share(matrices_[i]->rows());
    for (size_t row = share.begin; row < share.end; ++row) matrices_[i]->catchUp(row, replay, t - 1, memory);
    member.barrier();
  }
}

template <typename Real>
void SparseUpdates<Real>::update(const Member& member, const Lent& lent, size_t array, const void* scalars,
                                 Real gradientScale, int64_t t) {
  IdleReplay<Real> replay = replayOf(lent, array);
  const auto memory = memoryOf(lent, array);
  matrices_[array]->update(lent.kernels.template of<Real>(), member, replay, scalars, gradientScale, t, memory);
  if (IdleSteps<Real>::movingSince(recordOf(lent, array)) > 0)
    matrices_[array]->catchUpInTurn(member, replay, t, memory);
}

template <typename Real>
void SparseUpdates<Real>::finish(const Lent& lent, const Gradient* gradients, int64_t t) const {
  for (size_t i = 0; i < matrices_.size() && isInUse_; ++i)
    if (matrices_[i] && !gradients[i].rows) settle(lent, i, t);
}

template <typename Real>
void SparseUpdates<Real>::settle(const Lent& lent, int64_t t) const {
  for (size_t i = 0; i < matrices_.size(); ++i)
    if (matrices_[i]) settle(lent, i, t);
}

template <typename Real>
void SparseUpdates<Real>::settleAfterOtherSteps(const Lent& lent, const double* row, int64_t t) const {
  settle(lent, t);
  for (size_t group = 0; group < groups_.size() && !rest_; ++group)
    if (steps_[group]) steps_[group]->forget(row + groups_[group].row, lent.layout.record(group, lent.state));
}

template <typename Real>
void SparseUpdates<Real>::settle(const Lent& lent, size_t array, int64_t t) const {
  auto* const table = lent.layout.table(array, lent.state);
  if (matrices_[array]->isInUse(table)) matrices_[array]->settle(table, t);
}

template <typename Real>
void SparseUpdates<Real>::catchUp(const Member& member, const Lent& lent, size_t array,
                                  const std::vector<uint32_t>& rows, int64_t t) {
  IdleReplay<Real> replay = replayOf(lent, array);
  const auto memory = memoryOf(lent, array);
  if (IdleSteps<Real>::movingSince(recordOf(lent, array)) == 0 || !matrices_[array]->isInUse(memory.table)) return;
  const Range share = member.share(rows.size());
  for (size_t k = share.begin; k < share.end; ++k) matrices_[array]->catchUp(rows[k], replay, t, memory);
}

/// Whether rows of an array may have to make up for steps until t.
template <typename Real>
bool SparseUpdates<Real>::isBehind(const Lent& lent, size_t array, int64_t t) const {
  const auto* const table = lent.layout.table(array, lent.state);
  return matrices_[array]->isInUse(table) && replayOf(lent, array).isBehind(matrices_[array]->settled(table), t);
}

template <typename Real>
bool SparseUpdates<Real>::lags(const Lent& lent, int64_t t) const {
  for (size_t i = 0; i < matrices_.size(); ++i)
    if (matrices_[i] && IdleSteps<Real>::movingSince(recordOf(lent, i)) > 0 && isBehind(lent, i, t)) return true;
  return false;
}

template <typename Real>
template <typename Visit>
bool SparseUpdates<Real>::walkOn(const Member& member, const Lent& lent, int64_t t, Walk& walk, Visit visit) {
  Walk at = walk;
  while (at.array < matrices_.size() && (!matrices_[at.array] || !isBehind(lent, at.array, t))) at = {at.array + 1, 0};
  const bool isOver = at.array == matrices_.size();
  Walk next = at;
  if (!isOver) {
    const LazyRows<Real>& matrix = *matrices_[at.array];
    const size_t count = std::max<size_t>(1, kPart / matrix.columns()) * member.count();
    const size_t end = std::min(matrix.rows(), at.row + count);
    const Range share = member.share(end - at.row);
    visit(at.array, Range{at.row + share.begin, at.row + share.end});
    next = end == matrix.rows() ? Walk{at.array + 1, 0} : Walk{at.array, end};
  }
  member.barrier();  // all have read the walk
  if (member.isFirst()) walk = next;
  return next.array < matrices_.size();
}

template <typename Real>
bool SparseUpdates<Real>::catchUp(const Member& member, const Lent& lent, int64_t t, Walk& walk) {
  const bool more = walkOn(member, lent, t, walk, [&](size_t array, const Range& rows) {
    IdleReplay<Real> replay = replayOf(lent, array);
    const auto memory = memoryOf(lent, array);
    for (size_t row = rows.begin; row < rows.end; ++row) matrices_[array]->catchUp(row, replay, t, memory);
  });
  if (!more && member.isFirst()) settle(lent, t);
  member.barrier();
  return more;
}

template <typename Real>
bool SparseUpdates<Real>::foresee(const Member& member, const Lent& lent, int64_t t, Walk& walk, Real* const* copies) {
  const bool more = walkOn(member, lent, t, walk, [&](size_t array, const Range& rows) {
    IdleReplay<Real> replay = replayOf(lent, array);
    const auto memory = memoryOf(lent, array);
    const size_t columns = matrices_[array]->columns();
    std::copy(memory.theta + rows.begin * columns, memory.theta + rows.end * columns,
              copies[array] + rows.begin * columns);
    for (size_t row = rows.begin; row < rows.end; ++row)
      matrices_[array]->foresee(row, replay, t, memory, copies[array] + row * columns);
  });
  member.barrier();
  return more;
}

template <typename Real>
bool SparseUpdates<Real>::moves(const Kernels& kernels, const double* row) const {
  for (size_t group = 0; group < groups_.size() && !rest_; ++group) {
    if (!steps_[group]) continue;
    const Rule<Real>& rule = ruleOfGroup(kernels, group);
    const Idle idle = rule.idle(row + groups_[group].row);
    if (movesUntouched(rule, idle) || (scheduled_ && idle.followsHyperparameters)) return true;
  }
  return false;
}

template <typename Real>
bool SparseUpdates<Real>::grows(const Kernels& kernels, const double* row) const {
  for (size_t group = 0; group < groups_.size() && !rest_; ++group)
    if (steps_[group] && movesApart(ruleOfGroup(kernels, group).idle(row + groups_[group].row))) return true;
  return false;
}

template <typename Real>
bool SparseUpdates<Real>::hasMoved(const Lent& lent) const {
  for (size_t group = 0; group < groups_.size() && !rest_; ++group)
    if (steps_[group] && IdleSteps<Real>::movingSince(lent.layout.record(group, lent.state)) > 0) return true;
  return false;
}

template <typename Real>
void SparseUpdates<Real>::recall(const Lent& lent, int64_t t) {
  isInUse_ = true;  // for all we know
  for (size_t group = 0; group < groups_.size(); ++group) {
    if (!steps_[group] || t == 0) continue;
    const double* const record = lent.layout.record(group, lent.state);
    if (rest_)
      steps_[group]->recallStart(ruleOfGroup(lent.kernels, group), record);
    else
      steps_[group]->recall(ruleOfGroup(lent.kernels, group), t, record);
  }
}

template <typename Real>
std::string SparseUpdates<Real>::faultOf(const Lent& lent, int64_t t) const {
  for (size_t group = 0; group < groups_.size(); ++group) {
    if (!steps_[group]) continue;
    const double* const record = lent.layout.record(group, lent.state);
    if (!(record[0] >= 0 && record[0] <= static_cast<double>(rest_ ? 0 : t) && record[0] == std::floor(record[0])))
      return "history begins at no step so far";
    if (!std::all_of(record, record + recordLength(group), [](double x) { return std::isfinite(x); }))
      return "history holds what is no number";
  }
  for (size_t i = 0; i < matrices_.size(); ++i) {
    if (!matrices_[i]) continue;
    const char* const fault =
        matrices_[i]->faultOf(lent.layout.table(i, lent.state), t, IdleSteps<Real>::movingSince(recordOf(lent, i)));
    if (fault) return "lastStep." + std::to_string(i) + " " + fault;
  }
  return "";
}

template class SparseUpdates<float>;
template class SparseUpdates<double>;

}  // namespace glissade
