#include "optimizers/lazy_rows.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "arch/real.h"

namespace glissade {
namespace {

/// After how many idle steps what they still move is far below what the first one's rounding does.
template <typename Real>
int64_t horizonOf(double memory) {
  if (memory <= 0) return 0;
  if (memory >= 1) return std::numeric_limits<int64_t>::max();
  return static_cast<int64_t>(
      std::ceil((sizeof(Real) == sizeof(double) ? -60 : -30) * std::log(2.0) / std::log(memory)));
}

}  // namespace

template <typename Real>
double IdleSteps<Real>::memory(int64_t first, int64_t last) const {
  double slowest = idle(last).memory;
  for (int64_t step = first; step < last && !areConstant_; ++step) slowest = std::max(slowest, idle(step).memory);
  return slowest;
}

template <typename Real>
Idle IdleSteps<Real>::idle(int64_t first, int64_t last) const {
  Idle product = idle(last);
  if (areConstant_) {
    for (double& factor : product.factors) factor = power(factor, last - first + 1);
    return product;
  }
  for (int64_t step = first; step < last; ++step) {
    const Idle one = idle(step);
    for (int k = 0; k <= kMaxStates; ++k) product.factors[k] *= one.factors[k];
  }
  return product;
}

template <typename Real>
void LazyRows<Real>::gather(const std::vector<uint32_t>& rows, const Real* values) {
  reserve(rows.size());
  order_.resize(rows.size());
  std::iota(order_.begin(), order_.end(), size_t{0});
  if (!std::is_sorted(rows.begin(), rows.end()))
    std::stable_sort(order_.begin(), order_.end(), [&](size_t a, size_t b) { return rows[a] < rows[b]; });
  touched_.clear();
  for (const size_t from : order_) {
    const bool isNew = touched_.empty() || touched_.back() != rows[from];
    if (isNew) touched_.push_back(rows[from]);
    Real* const to = values_.data() + (touched_.size() - 1) * columns_;
    for (size_t j = 0; j < columns_; ++j) {
      const Real value = values[from * columns_ + j];
      to[j] = isNew ? value : to[j] + value;
    }
  }
}

template <typename Real>
void LazyRows<Real>::update(const Member& member, IdleSteps<Real>& steps, const void* scalars, Real gradientScale,
                            int64_t t, const Memory& memory) const {
  const Range share = member.share(touched_.size());
  for (size_t k = share.begin; k < share.end; ++k) {
    const size_t row = touched_[k];
    catchUp(row, steps, t - 1, memory);
    Real* states[kMaxStates];
    for (int s = 0; s < steps.rule().stateCount; ++s) states[s] = memory.states[s] + row * columns_;
    steps.rule().update(scalars, gradientScale, values_.data() + k * columns_, memory.theta + row * columns_, states, 0,
                        columns_);
    memory.table[row] = static_cast<uint32_t>(t);
  }
}

template <typename Real>
void LazyRows<Real>::catchUp(const Member& member, IdleSteps<Real>& steps, int64_t t, const Memory& memory) const {
  const Range share = member.share(rows_);
  for (size_t row = share.begin; row < share.end; ++row) catchUp(row, steps, t, memory);
}

template <typename Real>
void LazyRows<Real>::settle(uint32_t* table, int64_t t) const {
  table[rows_] = static_cast<uint32_t>(t);
  if (!lags(table)) return;  // and another member may be reading that
  std::fill_n(table, rows_, 0u);
  table[rows_ + 1] = 0;
}

template <typename Real>
void LazyRows<Real>::foresee(IdleSteps<Real>& steps, int64_t t, const Memory& memory, Real* theta) const {
  const size_t stateCount = static_cast<size_t>(steps.rule().stateCount);
  Buffer<Real> copies(stateCount * columns_);
  Real* states[kMaxStates];
  for (size_t s = 0; s < stateCount; ++s) states[s] = copies.data() + s * columns_;
  std::copy_n(memory.theta, rows_ * columns_, theta);
  for (size_t row = 0; row < rows_; ++row) {
    const int64_t from = stepOf(row, memory.table);
    if (from >= t || (steps.moveNothing() && from > 0)) continue;
    for (size_t s = 0; s < stateCount; ++s) std::copy_n(memory.states[s] + row * columns_, columns_, states[s]);
    repeat(steps, from, t, theta + row * columns_, states);
  }
}

template <typename Real>
void LazyRows<Real>::catchUp(size_t row, IdleSteps<Real>& steps, int64_t t, const Memory& memory) const {
  const int64_t from = stepOf(row, memory.table);
  if (from >= t) return;
  if (!steps.moveNothing() || from == 0) {
    Real* states[kMaxStates];
    for (int s = 0; s < steps.rule().stateCount; ++s) states[s] = memory.states[s] + row * columns_;
    repeat(steps, from, t, memory.theta + row * columns_, states);
  }
  memory.table[row] = static_cast<uint32_t>(t);
}

/// Takes a row from one step to another, with no gradient in between.
template <typename Real>
void LazyRows<Real>::repeat(IdleSteps<Real>& steps, int64_t from, int64_t t, Real* theta, Real* const* states) const {
  const Rule<Real>& rule = steps.rule();
  if (steps.moveNothing()) {  // but the first, in which states take the values they start from
    if (from == 0) rule.update(steps.scalars(1), 1, nothing_.data(), theta, states, 0, columns_);
    return;
  }
  bool moves = false;
  for (int s = 0; s < rule.stateCount; ++s)
    if (rule.states[s].moment == Moment::signedMoment)
      moves |= std::any_of(states[s], states[s] + columns_, [](Real m) { return m != 0; });
  const double memoryOfGradients = steps.memory(from + 1, t);
  int64_t replayed = memoryOfGradients < 1 && !moves ? 0 : std::min(t - from, horizonOf<Real>(memoryOfGradients));
  if (from == 0) replayed = std::max<int64_t>(replayed, 1);  // in which states take the values they start from
  for (int64_t step = from + 1; step <= from + replayed; ++step)
    rule.update(steps.scalars(step), 1, nothing_.data(), theta, states, 0, columns_);
  // θ may follow the hyperparameters: where they change, the last step is taken as it is.
  const int64_t scaled = steps.areConstant() ? t : t - 1;
  if (from + replayed < scaled) {
    const Idle rest = steps.idle(from + replayed + 1, scaled);
    const auto scale = [&](Real* values, double factor) {
      if (factor != 1)
        for (size_t j = 0; j < columns_; ++j) values[j] *= static_cast<Real>(factor);
    };
    scale(theta, rest.factors[0]);
    for (int s = 0; s < rule.stateCount; ++s) scale(states[s], rest.factors[1 + s]);
  }
  if (from + replayed < t && scaled < t) rule.update(steps.scalars(t), 1, nothing_.data(), theta, states, 0, columns_);
}

template class IdleSteps<float>;
template class IdleSteps<double>;
template class LazyRows<float>;
template class LazyRows<double>;

}  // namespace glissade
