#include "optimizers/sparse/lazy_rows.h"

#include <algorithm>
#include <cmath>

#include "optimizers/gradient.h"

namespace glissade {

template <typename Real>
void LazyRows<Real>::statesAt(const Rule<Real>& rule, const Memory& memory, size_t row, size_t column,
                              Real** states) const {
  for (int s = 0; s < rule.stateCount; ++s)
    states[s] = memory.states[s] + (rule.states[s].extent == Extent::element ? row * columns_ + column : row);
}

template <typename Real>
void LazyRows<Real>::update(const KernelsOf<Real>& kernels, const Member& member, const GatheredRows<Real>& gradient,
                            IdleReplay<Real>& replay, const void* scalars, Real gradientScale, int64_t t,
                            const Memory& memory) const {
  const Rule<Real>& rule = replay.rule();
  const std::vector<uint32_t>& touched = gradient.rows();
  const Range share = member.share(touched.size());
  for (size_t k = share.begin; k < share.end; ++k) {
    const size_t row = touched[k];
    if (k + kAhead < share.end) prefetch(rule, touched[k + kAhead], memory);
    catchUp(row, replay, t - 1, memory);
    const Real* const ofRow = gradient.row(k);
    Real* states[kMaxStates];
    statesAt(rule, memory, row, 0, states);
    Real scale = gradientScale;
    if (rule.rowFactor)
      scale *= rule.rowFactor(scalars,
                              meanSquareOf(kernels, columns_,
                                           [&](size_t begin, size_t) {
                                             return Scaled<Real>{ofRow + begin, gradientScale};
                                           }),
                              states[0]);
    rule.update(scalars, scale, ofRow, memory.theta + row * columns_, states, 0, columns_);
    memory.table[row] = markOf(t, 0);
  }
}

/// Prefetches what the update of a row reads. The hardware does not, since touched rows lie anywhere in memory.
template <typename Real>
void LazyRows<Real>::prefetch(const Rule<Real>& rule, size_t row, const Memory& memory) const {
  constexpr size_t kLine = 64 / sizeof(Real), kLines = 8;
  Real* states[kMaxStates];
  statesAt(rule, memory, row, 0, states);
  __builtin_prefetch(memory.table + row, 1);
  const size_t count = std::min(columns_, kLines * kLine);
  for (size_t j = 0; j < count; j += kLine) {
    __builtin_prefetch(memory.theta + row * columns_ + j, 1);
    for (int s = 0; s < rule.stateCount; ++s)
      if (rule.states[s].extent == Extent::element) __builtin_prefetch(states[s] + j, 1);
  }
}

template <typename Real>
void LazyRows<Real>::takeTurns(double horizon, size_t touched, Mark* table) {
  const auto move = [&](Mark& cursor, size_t count) -> Range {
    const size_t begin = static_cast<size_t>(cursor), end = std::min(rows_, begin + count);
    cursor = end == rows_ ? 0 : end;
    return {begin, end};
  };
  // If rows soon come to rest, a round of the fast cursor takes at least 64 steps. It looks at no more than 64 rows for
  // each touched row, whose update takes as long as these looks. If rows come to rest late or never, a round takes 16
  // steps, since nearly all rows have to be moved.
  constexpr double kLongHorizon = 512;
  constexpr int64_t kRound = 64, kShortRound = 16;
  constexpr size_t kLooks = 64;
  const auto share = [&](int64_t steps) {
    return (rows_ + static_cast<size_t>(steps) - 1) / static_cast<size_t>(steps);
  };
  movesAtRest_ = std::isinf(horizon);
  slow_ = move(table[rows_ + 1], share(kLeastSlowLag));
  fast_ = horizon == 0             ? Range{0, 0}
          : horizon > kLongHorizon ? move(table[rows_ + 2], share(kShortRound))
                                   : move(table[rows_ + 2], std::min(share(kRound), kLooks * (touched + 1)));
}

template <typename Real>
void LazyRows<Real>::catchUpInTurn(const Member& member, const GatheredRows<Real>& gradient, IdleReplay<Real>& replay,
                                   int64_t t, const Memory& memory) const {
  const std::vector<uint32_t>& touched = gradient.rows();
  const auto visit = [&](const Range& turn, auto isDue) {
    const Range share = member.share(turn.end - turn.begin);
    const size_t end = turn.begin + share.end;
    auto gathered = std::lower_bound(touched.begin(), touched.end(), turn.begin + share.begin);
    for (size_t row = turn.begin + share.begin; row < end; ++row) {
      if (gathered != touched.end() && *gathered == row)
        ++gathered;  // another member may be at work on it
      else if (isDue(row))
        catchUp(row, replay, t, memory);
    }
  };
  visit(slow_, [&](size_t row) { return t - positionOf(row, memory.table).step >= kLeastSlowLag; });
  visit(fast_, [&](size_t row) {
    if (row >= slow_.begin && row < slow_.end) return false;
    const Position at = positionOf(row, memory.table);
    return (movesAtRest_ || at.faded != IdleReplay<Real>::kAtRest) && t - at.step >= kLeastFastLag;
  });
}

template <typename Real>
void LazyRows<Real>::catchUp(size_t row, IdleReplay<Real>& replay, int64_t t, const Memory& memory) const {
  const auto [from, faded] = positionOf(row, memory.table);
  if (!replay.isBehind(from, t)) return;
  const Rule<Real>& rule = replay.rule();
  Real* states[kMaxStates];
  Faded least = IdleReplay<Real>::kAtRest;
  if (from == 0 && rule.rowFactor) {
    statesAt(rule, memory, row, 0, states);
    rule.rowFactor(replay.start(), 0, states[0]);
  }
  for (size_t begin = 0; begin < columns_; begin += IdleReplay<Real>::kWidth) {
    statesAt(rule, memory, row, begin, states);
    least = std::min(least, replay.advance(from, t, faded, memory.theta + row * columns_ + begin, states,
                                           std::min(IdleReplay<Real>::kWidth, columns_ - begin)));
  }
  memory.table[row] = markOf(t, least);
}

template <typename Real>
void LazyRows<Real>::catchUpCopy(size_t row, IdleReplay<Real>& replay, int64_t t, const Memory& memory,
                                 Real* theta) const {
  const auto [from, faded] = positionOf(row, memory.table);
  if (!replay.isBehind(from, t)) return;
  Real copies[kMaxStates][IdleReplay<Real>::kWidth];
  Real* states[kMaxStates];
  for (size_t begin = 0; begin < columns_; begin += IdleReplay<Real>::kWidth) {
    const size_t count = std::min(IdleReplay<Real>::kWidth, columns_ - begin);
    statesAt(replay.rule(), memory, row, begin, states);
    for (int s = 0; s < replay.rule().stateCount; ++s) {
      if (replay.rule().states[s].extent == Extent::element) std::copy_n(states[s], count, copies[s]);
      states[s] = copies[s];
    }
    replay.advance(from, t, faded, theta + begin, states, count);
  }
}

template <typename Real>
const char* LazyRows<Real>::faultOf(const Mark* table, int64_t t, int64_t since) const {
  const auto last = static_cast<Mark>(t);
  if (table[rows_] > last + 1) return "counts more steps than were taken";
  if (!isInUse(table))
    return std::all_of(table, table + tableLength(rows_), [](Mark mark) { return mark == 0; })
               ? nullptr
               : "marks rows, though all gradients were for all of them";
  if (table[rows_ + 1] >= rows_ || table[rows_ + 2] >= rows_) return "names a row beyond the last";
  const size_t cursor = static_cast<size_t>(table[rows_ + 1]), share = (rows_ + kLeastSlowLag - 1) / kLeastSlowLag;
  for (size_t row = 0; row < rows_; ++row) {
    if (table[row] >> 16 > last) return "marks a row with a step that was not taken";
    const size_t ahead = row < cursor ? row + rows_ - cursor : row - cursor;  // of the slow cursor
    const int64_t lag = t - std::max(positionOf(row, table).step, since - 1);
    if (since > 0 && lag + static_cast<int64_t>(ahead / share) > kLongestLag)
      return "lags by more steps than are remembered until its turn";
  }
  return nullptr;
}

template class LazyRows<float>;
template class LazyRows<double>;

}  // namespace glissade
