#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/kernels.h"
#include "optimizers/sparse/gathered_rows.h"
#include "optimizers/sparse/idle_replay.h"
#include "parallel/team.h"

namespace glissade {

/// The rows of a matrix, updated when a gradient touches them. They catch up with idle steps when they are next
/// touched, or when one of two cursors reaches them. Both cursors advance by some rows at each step, and begin again
/// after the last row. The slow cursor visits all rows, so none lags by more than kLongestLag steps. The fast cursor
/// visits rows that a recent gradient still moves, so few of these are left at the end of a run.
///
/// A table with an entry for each row and three more keeps this from step to step:
///
///     [row]       its mark: the step that the row is up to, and how far it has faded
///     [rows]      1 + the step that all rows are at least up to; 0 while every gradient was for all rows
///     [rows + 1]  the row of the slow cursor
///     [rows + 2]  the row of the fast cursor
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
  static constexpr int64_t kMostSteps = int64_t{1} << 47;  // limit of a restored state; marks can be twice as large

  /// Updates this member's share of the rows of a gradient, at step t.
  void update(const KernelsOf<Real>& kernels, const Member& member, const GatheredRows<Real>& gradient,
              IdleReplay<Real>& replay, const void* scalars, Real gradientScale, int64_t t, const Memory& memory) const;

  /// Advances the cursors over the rows whose turn it is in a step. Its gradient is for `touched` rows, and θ moves for
  /// `horizon` idle steps after it. One member calls this, before a barrier.
  void takeTurns(double horizon, size_t touched, Mark* table);
  /// Brings this member's share of the rows whose turn it is to step t, except those that the gradient touches.
  void catchUpInTurn(const Member& member, const GatheredRows<Real>& gradient, IdleReplay<Real>& replay, int64_t t,
                     const Memory& memory) const;

  /// Brings a row to step t.
  void catchUp(size_t row, IdleReplay<Real>& replay, int64_t t, const Memory& memory) const;
  /// Brings `theta`, a copy of a row of θ, to step t. Nothing else changes.
  void catchUpCopy(size_t row, IdleReplay<Real>& replay, int64_t t, const Memory& memory, Real* theta) const;

  /// Whether any gradient has been for some rows only; if so, the step that all rows are at least up to.
  bool isInUse(const Mark* table) const { return table[rows_] != 0; }
  int64_t settled(const Mark* table) const { return static_cast<int64_t>(table[rows_]) - 1; }
  void settle(Mark* table, int64_t t) const { table[rows_] = static_cast<Mark>(t) + 1; }

  /// A fault in a table after t steps, as the end of a sentence; null if there is none. `since` is the first step that
  /// moved rows without a gradient, or 0 if there is none or none has to be remembered.
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

  /// The states from an element on. A state of rows has one number for the whole row.
  void statesAt(const Rule<Real>& rule, const Memory& memory, size_t row, size_t column, Real** states) const;
  void prefetch(const Rule<Real>& rule, size_t row, const Memory& memory) const;
  static constexpr size_t kAhead = 4;

  /// A cursor skips rows that lag by fewer steps, since each catch-up rounds. The fast one also skips rows at rest,
  /// unless the step moves these. The slow one takes kLeastSlowLag steps for all rows.
  static constexpr int64_t kLeastSlowLag = kLongestLag / 2, kLeastFastLag = 16;

  size_t rows_, columns_;
  Range slow_{0, 0}, fast_{0, 0};  // the rows whose turn it is
  bool movesAtRest_ = false;       // whether the step under way moves rows at rest too
};

}  // namespace glissade
