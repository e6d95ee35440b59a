#include "optimizers/sparse/sparse_updates.h"

#include <algorithm>
#include <utility>

namespace glissade {
namespace {

// The elements of a member in one slice of a pass: some tens of microseconds, or a millisecond if each row has many
// steps to take one by one.
constexpr size_t kElementsAtATime = 8192;

}  // namespace

template <typename Real>
SparseUpdates<Real>::SparseUpdates(std::shared_ptr<const Parameters> parameters, const Groups<Real>& groups,
                                   const RuleStates<Real>& states, const OptimizerOptions& options, StateLayout& layout)
    : parameters_(std::move(parameters)),
      states_(states),
      histories_(groups, options.rowsRest, options.scheduled),
      matrices_(parameters_->count()),
      gathered_(parameters_->count()),
      arraysOf_(groups.count()),
      tables_(parameters_->count()),
      lagsBehindDense_(parameters_->count()) {
  for (size_t i = 0; i < matrices_.size(); ++i) {
    const Parameter& array = (*parameters_)[i];
    const Rule<Real>& rule = groups.ruleOfArray(kernels(), i);
    if (!array.mayBeSparse || array.frozen || !rule.idle || parameters_->lengthOf(i) == 0) continue;
    const size_t rows = array.shape.front(), columns = parameters_->lengthOf(i) / rows;
    matrices_[i] = std::make_unique<LazyRows<Real>>(rows, columns);
    gathered_[i] = GatheredRows<Real>(columns);
    histories_.keep(array.group);
    arraysOf_[array.group].push_back(i);
    tables_[i] = layout.add("lastStep", i, NumberType::uint32, 2 * LazyRows<Real>::tableLength(rows));
  }
  histories_.addTo(layout);
}

template <typename Real>
auto SparseUpdates<Real>::memoryOf(const StepArrays<Real>& arrays, size_t array) const ->
    typename LazyRows<Real>::Memory {
  typename LazyRows<Real>::Memory memory{tableOf(array, arrays.state), arrays.parameters[array], {}};
  states_.begin(array, arrays.state, memory.states);
  return memory;
}

template <typename Real>
void SparseUpdates<Real>::reserve(const Gradient* gradients) {
  for (size_t i = 0; i < matrices_.size(); ++i)
    if (matrices_[i] && gradients[i].rows) gathered_[i].reserve(gradients[i].rows->size());
}

template <typename Real>
void SparseUpdates<Real>::reserve(size_t rows) {
  for (size_t i = 0; i < matrices_.size(); ++i)
    if (matrices_[i]) gathered_[i].reserve(rows);
}

template <typename Real>
size_t SparseUpdates<Real>::workOf(size_t array, const Gradient& gradient) const {
  constexpr size_t kMissed = 32;  // a guess: idle steps that a touched row catches up with
  if (!matrices_[array]) return 0;
  return gradient.rows->size() * matrices_[array]->columns() * (histories_.rowsRest() ? 1 : kMissed);
}

template <typename Real>
void SparseUpdates<Real>::gather(const Gradient* gradients, bool mayChange) {
  for (size_t i = 0; i < matrices_.size(); ++i)
    if (matrices_[i] && gradients[i].rows)
      gathered_[i].gather(*gradients[i].rows, static_cast<const Real*>(gradients[i].data), mayChange);
}

template <typename Real>
void SparseUpdates<Real>::begin(const Kernels& kernels, const StepArrays<Real>& arrays, const double* record,
                                int64_t t) {
  std::fill(lagsBehindDense_.begin(), lagsBehindDense_.end(), uint8_t{0});
  bool isInUse = false;  // from the state alone, so that a restored optimizer takes the same path
  for (size_t i = 0; i < matrices_.size(); ++i)
    isInUse |= matrices_[i] && (arrays.gradients[i].rows || matrices_[i]->isInUse(tableOf(i, arrays.state)));
  if (!isInUse) return;
  for (size_t i = 0; i < matrices_.size(); ++i) {
    if (!matrices_[i]) continue;
    const bool isSparse = arrays.gradients[i].rows;
    Mark* const table = tableOf(i, arrays.state);
    if (isSparse && !matrices_[i]->isInUse(table)) {
      matrices_[i]->settle(table, t - 1);
      histories_.forgetDense(groupOf(i), record, arrays.state);
    }
    lagsBehindDense_[i] = !isSparse && isBehind(kernels, arrays.state, i, t - 1);
  }
  for (size_t group = 0; group < arraysOf_.size(); ++group)
    if (!arraysOf_[group].empty()) beginGroup(kernels, arrays, group, record, t);
}

template <typename Real>
void SparseUpdates<Real>::beginGroup(const Kernels& kernels, const StepArrays<Real>& arrays, size_t group,
                                     const double* record, int64_t t) {
  bool isAnySparse = false, isAnyBehind = false;
  for (const size_t i : arraysOf_[group]) {
    const Mark* const table = tableOf(i, arrays.state);
    isAnySparse |= arrays.gradients[i].rows != nullptr;
    isAnyBehind |= matrices_[i]->isInUse(table) && matrices_[i]->settled(table) < t - 1;
  }
  if (!histories_.rowsRest() && !isAnySparse && !isAnyBehind) return histories_.forget(group, record, arrays.state);
  const double horizon = histories_.remember(kernels, group, record, t, arrays.state);
  if (horizon < 0 || histories_.needsLastStepAlone(kernels, group)) return;
  for (const size_t i : arraysOf_[group])
    if (arrays.gradients[i].rows)
      matrices_[i]->takeTurns(horizon, gathered_[i].rows().size(), tableOf(i, arrays.state));
}

template <typename Real>
void SparseUpdates<Real>::readyDense(const Kernels& kernels, const Member& member, const StepArrays<Real>& arrays,
                                     int64_t t) {
  for (size_t i = 0; i < matrices_.size(); ++i) {
    if (!lagsBehindDense_[i]) continue;
    IdleReplay<Real> replay = replayOf(kernels, i, arrays.state);
    const auto memory = memoryOf(arrays, i);
    const Range share = member.share(matrices_[i]->rows());
    for (size_t row = share.begin; row < share.end; ++row) matrices_[i]->catchUp(row, replay, t - 1, memory);
    member.barrier();
  }
}

template <typename Real>
void SparseUpdates<Real>::update(const Kernels& kernels, const Member& member, const StepArrays<Real>& arrays,
                                 size_t array, const void* scalars, Real gradientScale, int64_t t) {
  IdleReplay<Real> replay = replayOf(kernels, array, arrays.state);
  const auto memory = memoryOf(arrays, array);
  const GatheredRows<Real>& gradient = gathered_[array];
  matrices_[array]->update(kernels.of<Real>(), member, gradient, replay, scalars, gradientScale, t, memory);
  if (movingSince(array, arrays.state) > 0 && !histories_.needsLastStepAlone(kernels, groupOf(array)))
    matrices_[array]->catchUpInTurn(member, gradient, replay, t, memory);
}

template <typename Real>
void SparseUpdates<Real>::finish(const StepArrays<Real>& arrays, int64_t t) const {
  for (size_t i = 0; i < matrices_.size(); ++i)
    if (matrices_[i] && !arrays.gradients[i].rows) settle(arrays.state, i, t);
}

template <typename Real>
void SparseUpdates<Real>::settle(std::byte* state, int64_t t) const {
  for (size_t i = 0; i < matrices_.size(); ++i)
    if (matrices_[i]) settle(state, i, t);
}

template <typename Real>
void SparseUpdates<Real>::settle(std::byte* state, size_t array, int64_t t) const {
  Mark* const table = tableOf(array, state);
  if (matrices_[array]->isInUse(table)) matrices_[array]->settle(table, t);
}

template <typename Real>
void SparseUpdates<Real>::settleAfterOtherSteps(const StepArrays<Real>& arrays, const double* record, int64_t t) {
  settle(arrays.state, t);
  histories_.forgetAll(record, arrays.state);
}

template <typename Real>
void SparseUpdates<Real>::settleBeforeLast(const Kernels& kernels, const StepArrays<Real>& arrays, const double* record,
                                           int64_t t) {
  for (size_t i = 0; i < matrices_.size(); ++i)
    if (matrices_[i]) matrices_[i]->settle(tableOf(i, arrays.state), t - 1);
  histories_.rememberAlone(kernels, record, t, arrays.state);
}

template <typename Real>
void SparseUpdates<Real>::catchUpRows(const Kernels& kernels, const Member& member, const StepArrays<Real>& arrays,
                                      size_t array, const std::vector<uint32_t>& rows, int64_t t) {
  IdleReplay<Real> replay = replayOf(kernels, array, arrays.state);
  const auto memory = memoryOf(arrays, array);
  if (movingSince(array, arrays.state) == 0 || !matrices_[array]->isInUse(memory.table)) return;
  const Range share = member.share(rows.size());
  for (size_t k = share.begin; k < share.end; ++k) matrices_[array]->catchUp(rows[k], replay, t, memory);
}

/// Whether rows of an array may lag at step t.
template <typename Real>
bool SparseUpdates<Real>::isBehind(const Kernels& kernels, std::byte* state, size_t array, int64_t t) const {
  const Mark* const table = tableOf(array, state);
  const LazyRows<Real>& matrix = *matrices_[array];
  return matrix.isInUse(table) && replayOf(kernels, array, state).isBehind(matrix.settled(table), t);
}

template <typename Real>
bool SparseUpdates<Real>::lags(const Kernels& kernels, std::byte* state, int64_t t) const {
  for (size_t i = 0; i < matrices_.size(); ++i)
    if (matrices_[i] && movingSince(i, state) > 0 && isBehind(kernels, state, i, t)) return true;
  return false;
}

template <typename Real>
bool SparseUpdates<Real>::isSettled(std::byte* state, int64_t t) const {
  for (size_t i = 0; i < matrices_.size(); ++i)
    if (matrices_[i] && matrices_[i]->settled(tableOf(i, state)) < t) return false;
  return true;
}

template <typename Real>
template <typename Visit>
bool SparseUpdates<Real>::advance(const Kernels& kernels, const Member& member, const StepArrays<Real>& arrays,
                                  int64_t t, Progress& progress, Visit visit) {
  Progress at = progress;
  while (at.array < matrices_.size() && (!matrices_[at.array] || !isBehind(kernels, arrays.state, at.array, t)))
    at = {at.array + 1, 0};
  const bool isOver = at.array == matrices_.size();
  Progress next = at;
  if (!isOver) {
    const LazyRows<Real>& matrix = *matrices_[at.array];
    const size_t count = std::max<size_t>(1, kElementsAtATime / matrix.columns()) * member.count();
    const size_t end = std::min(matrix.rows(), at.row + count);
    const Range share = member.share(end - at.row);
    visit(at.array, Range{at.row + share.begin, at.row + share.end});
    next = end == matrix.rows() ? Progress{at.array + 1, 0} : Progress{at.array, end};
  }
  member.barrier();  // all members have read `progress`
  if (member.isFirst()) progress = next;
  return next.array < matrices_.size();
}

template <typename Real>
bool SparseUpdates<Real>::catchUp(const Kernels& kernels, const Member& member, const StepArrays<Real>& arrays,
                                  int64_t t, Progress& progress) {
  const bool more = advance(kernels, member, arrays, t, progress, [&](size_t array, const Range& rows) {
    IdleReplay<Real> replay = replayOf(kernels, array, arrays.state);
    const auto memory = memoryOf(arrays, array);
    for (size_t row = rows.begin; row < rows.end; ++row) matrices_[array]->catchUp(row, replay, t, memory);
  });
  if (!more && member.isFirst()) settle(arrays.state, t);
  member.barrier();
  return more;
}

template <typename Real>
bool SparseUpdates<Real>::catchUpCopies(const Kernels& kernels, const Member& member, const StepArrays<Real>& arrays,
                                        int64_t t, Progress& progress, Real* const* copies) {
  const bool more = advance(kernels, member, arrays, t, progress, [&](size_t array, const Range& rows) {
    IdleReplay<Real> replay = replayOf(kernels, array, arrays.state);
    const auto memory = memoryOf(arrays, array);
    const size_t columns = matrices_[array]->columns();
    std::copy(memory.theta + rows.begin * columns, memory.theta + rows.end * columns,
              copies[array] + rows.begin * columns);
    for (size_t row = rows.begin; row < rows.end; ++row)
      matrices_[array]->catchUpCopy(row, replay, t, memory, copies[array] + row * columns);
  });
  member.barrier();
  return more;
}

template <typename Real>
void SparseUpdates<Real>::recall(const Kernels& kernels, std::byte* state, int64_t t) {
  histories_.recall(kernels, state, t);
}

template <typename Real>
std::string SparseUpdates<Real>::faultOf(std::byte* state, int64_t t) const {
  std::string fault = histories_.faultOf(state, t);
  if (!fault.empty()) return fault;
  for (size_t i = 0; i < matrices_.size(); ++i) {
    if (!matrices_[i]) continue;
    const int64_t since = histories_.needsLastStepAlone(kernels(), groupOf(i)) ? 0 : movingSince(i, state);
    const char* const ofTable = matrices_[i]->faultOf(tableOf(i, state), t, since);
    if (ofTable) return "lastStep." + std::to_string(i) + " " + ofTable;
  }
  return "";
}

template class SparseUpdates<float>;
template class SparseUpdates<double>;

}  // namespace glissade
