// What a rule that sees matrices works with (Traits::replacement). The core compiles such parts of rules, once for all
// instruction sets.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/kernels.h"
#include "matrix/arena.h"
#include "matrix/team_algebra.h"
#include "optimizers/clipping.h"
#include "optimizers/gradient.h"
#include "optimizers/parameters.h"
#include "optimizers/rule.h"
#include "optimizers/stored_state.h"
#include "parallel/team.h"

namespace glissade {

/// Where a rule's Workspace takes its memory, for a step of a matrix of this size.
template <typename Real>
struct WorkspaceMemory {
  Arena arena;
  size_t panelWidth, rows, columns;

  Matrix<Real> matrix(size_t rows, size_t columns) { return {arena, panelWidth, rows, columns}; }
  /// A matrix as large as that of the step, or a square of its rows or columns.
  Matrix<Real> matrix(Extent extent) {
    return matrix(extent == Extent::columnSquare ? columns : rows, extent == Extent::rowSquare ? rows : columns);
  }
};

/// A step of one matrix, for the functions `before` and `after` of a rule. All members of a team call these functions
/// together, each with a MatrixStep of its own. The bits of a result must depend neither on the number of members nor
/// on time. A barrier must separate what one member writes from what another reads.
template <typename Real>
struct MatrixStep {
  const Kernels& kernels;
  const Member& member;
  size_t rows, columns;
  int64_t t;  // the number of the step: 1, 2, …

  /// The matrix that replaces the gradient, row by row. With Replacement::factors it is null, and the rule writes the
  /// factors of rows and columns. Their product is at most `most`.
  Real* direction;
  Real *rowFactors, *columnFactors;
  Real& most;

  /// Memory for the rule's `struct Workspace`, which has a constructor Workspace(WorkspaceMemory<Real>&) and keeps
  /// nothing from step to step.
  WorkspaceMemory<Real> memory;

  TeamAlgebra<Real> algebra(Precision precision = Precision::full) const { return {kernels, member, precision}; }

  /// Part of a row of the gradient, clipped, of at most Parameters::kBlock columns; written to `buffer` if it can't be
  /// read in place.
  Scaled<Real> gradient(size_t row, size_t begin, size_t end, Real* buffer) const {
    const size_t first = source.first + row * columns;
    return source.clip.read(kernels, source.gradient, {source.array, first + begin, first + end}, buffer);
  }

  /// The mean of the squares of a row of the gradient.
  double meanSquare(size_t row) const {
    Real buffer[Parameters::kBlock];
    return meanSquareOf(kernels.of<Real>(), columns,
                        [&](size_t begin, size_t end) { return gradient(row, begin, end, buffer); });
  }

  /// A state of the matrix, by its place in the rule's kStates. A state of elements has no moment.
  Real* state(size_t place) const {
    const StoredState& stored = source.states[place];
    return stored.template plain<Real>(source.state) + stored.length / source.count * source.index;
  }

  /// Where the gradient and the states lie.
  struct Source {
    const GradientClip<Real>& clip;
    const Gradient& gradient;
    size_t array, first;  // the array, and the matrix's first element there
    size_t index, count;  // of the matrix, among those of the array
    const std::vector<StoredState>& states;
    std::byte* state;
  };
  Source source;
};

/// Spreads work that consists of `pieces` pieces evenly over `steps` steps, again and again: calls work(piece) for each
/// piece whose turn it is in step t. `cursor`, a state with Extent::matrix, is the next piece. All members of a team
/// call this together, and run each piece together.
template <typename Real, typename Work>
void spread(const Member& member, int64_t t, Real& cursor, size_t pieces, size_t steps, Work work) {
  const auto piecesUpTo = [&](int64_t step) { return static_cast<size_t>(step) * pieces / std::max<size_t>(steps, 1); };
  size_t piece = cursor >= 0 && cursor < static_cast<Real>(pieces) ? static_cast<size_t>(cursor) : 0;
  member.barrier();  // all members have read the cursor
  for (size_t left = piecesUpTo(t) - piecesUpTo(t - 1); left > 0; --left, piece = (piece + 1) % pieces) work(piece);
  if (member.isFirst()) cursor = static_cast<Real>(piece);
  member.barrier();
}

/// The part of a rule that sees matrices, by the rule's name. Functions that the rule lacks are null.
template <typename Real>
struct MatrixRule {
  const char* name;
  void (*layOut)(WorkspaceMemory<Real>& memory);
  void (*before)(const void* scalars, MatrixStep<Real>& step);
  void (*after)(const void* scalars, MatrixStep<Real>& step);
};

namespace {

template <typename R, typename Real>
constexpr MatrixRule<Real> matrixRule() {
  using Scalars = typename R::Scalars;
  MatrixRule<Real> rule{R::kName, nullptr, nullptr, nullptr};
  if constexpr (R::kTraits.replacement == Replacement::rowFactors)
    rule.before = [](const void* s, MatrixStep<Real>& step) {
      const Range share = step.member.share(step.rows);
      for (size_t row = share.begin; row < share.end; ++row)
        step.rowFactors[row] = R::rowFactor(*static_cast<const Scalars*>(s), step.meanSquare(row), step.state(0)[row]);
    };
  if constexpr (requires { typename R::Workspace; })
    rule.layOut = [](WorkspaceMemory<Real>& memory) { typename R::Workspace{memory}; };
  if constexpr (requires { &R::before; })
    rule.before = [](const void* s, MatrixStep<Real>& step) { R::before(*static_cast<const Scalars*>(s), step); };
  if constexpr (requires { &R::after; })
    rule.after = [](const void* s, MatrixStep<Real>& step) { R::after(*static_cast<const Scalars*>(s), step); };
  return rule;
}

}  // namespace
}  // namespace glissade
