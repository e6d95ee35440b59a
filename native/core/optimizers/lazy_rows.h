#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/kernels.h"
#include "optimizers/gathered_rows.h"
#include "optimizers/idle_replay.h"
#include "parallel/team.h"

namespace glissade {

/// The rows of a matrix, updated when a gradient touches them. They make up for the steps in between when they are next
/// touched, or when their turn comes. Two hands go round the matrix, a share at each step: the slow one brings all rows
/// up to date, so that none lags by more than kLongestLag steps; the fast one only rows that a recent gradient still
/// moves, so that little of that is ever left to do.
///
/// A table holds a mark for each row: the step that it is up to, and how far it has faded then. After these, 1 + the
/// step that all rows are up to at least, or 0 as long as every gradient was for all of them; and the places of the
/// slow and of the fast hand.
template <typename Real>
class LazyRows {
 public:
  using Mark = uint64_t;  // step · 2¹⁶ + IdleReplay::Faded
  struct Memory {
    Mark* table;
    Real* theta;
    Real* states[kMaxStates];
  };

  LazyRows(size_t rows, size_t columns) : rows_(rows), columns_(columns) {}

  size_t rows() const { return rows_; }
  size_t columns() const { return columns_; }
  static size_t tableLength(size_t rows) { return rows + 3; }
  static constexpr int64_t kLongestLag = IdleSteps<Real>::kRemembered - 96;
  static constexpr int64_t kMostSteps = int64_t{1} << 47;  // that a state may claim: marks hold twice as many

  /// Updates this member's share of the rows of a gradient, at step t.
  void update(const KernelsOf<Real>& kernels, const Member& member, const GatheredRows<Real>& gradient,
              IdleReplay<Real>& replay, const void* scalars, Real gradientScale, int64_t t, const Memory& memory) const;

  /// Moves the hands over the rows whose turn it is at the next step, whose gradient is for `touched` rows, and after
  /// which θ moves for `horizon` steps without a gradient. One member calls this, before a barrier.
  void takeTurns(double horizon, size_t touched, Mark* table);
  /// Brings this member's share of these rows to step t, but for those of the gradient.
  void catchUpInTurn(const Member& member, const GatheredRows<Real>& gradient, IdleReplay<Real>& replay, int64_t t,
                     const Memory& memory) const;

  /// Brings a row to step t.
  void catchUp(size_t row, IdleReplay<Real>& replay, int64_t t, const Memory& memory) const;
  /// What a row of θ is at step t, into `theta`. Nothing else changes.
  void foresee(size_t row, IdleReplay<Real>& replay, int64_t t, const Memory& memory, Real* theta) const;

  /// Whether any gradient has been for some rows only; and, where one has, the step that all rows are up to.
  bool isInUse(const Mark* table) const { return table[rows_] != 0; }
  int64_t settled(const Mark* table) const { return static_cast<int64_t>(table[rows_]) - 1; }
  void settle(Mark* table, int64_t t) const { table[rows_] = static_cast<Mark>(t) + 1; }

  /// What is wrong with a table of steps up to t, of which those from `since` on move rows, as the end of a sentence;
  /// null where nothing is.
  const char* faultOf(const Mark* table, int64_t t, int64_t since) const;

 private:
  using Faded = typename IdleReplay<Real>::Faded;
  struct Position {
    int64_t step;
    Faded faded;
  };
  static Mark markOf(int64_t step, Faded faded) { return static_cast<Mark>(step) << 16 | faded; }
  Position positionOf(size_t row, const Mark* table) const {
    const auto step = static_cast<int64_t>(table[row] >> 16);
    if (step < settled(table)) return {settled(table), 0};
    return {step, static_cast<Faded>(table[row] & UINT16_MAX)};
  }

  /// Where the states of some elements begin: those of a row have one number.
  void statesAt(const Rule<Real>& rule, const Memory& memory, size_t row, size_t column, Real** states) const;
  void prefetch(const Rule<Real>& rule, size_t row, const Memory& memory) const;
  static constexpr size_t kAhead = 4;

  /// Each hand passes by rows that lag by fewer steps, since each stop rounds; the fast one also by rows at
  /// rest, unless the step moves these. The slow one comes round in kLeastSlowLag steps.
  static constexpr int64_t kLeastSlowLag = kLongestLag / 2, kLeastFastLag = 16;

  size_t rows_, columns_;
  Range slow_{0, 0}, fast_{0, 0};  // whose turn it is
  bool movesAtRest_ = false;       // whether the step under way moves rows at rest, too
};

}  // namespace glissade
