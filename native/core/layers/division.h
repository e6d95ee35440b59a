#pragma once

#include <algorithm>
#include <cstddef>

#include "matrix/product.h"
#include "parallel/team.h"

namespace glissade {

/// How the members of a team divide the work on a layer's matrix of parameters. In each case a member computes the
/// gradient of some rows, the inputs of the layer, and updates them.
///
///              outputs, X·W               gradient of inputs, δ·Wᵀ
///   even       by what is fastest, so that members read rows that others have updated
///   inputs     by what is fastest         a member's columns are the rows that it owns
///   depth      a member's terms are       a member's columns are the rows that it owns
///              the rows that it owns
///
/// `depth`: only sums of blocks of terms and deltas cross between cores. For 784-128-10 at batch 32 and two members,
/// these are half of 80 KB of sums; half of 400 KB of weights would cross twice. `inputs`: for weights that no
/// second-level cache keeps, and for large minibatches, whose sums would be larger than the weights. `even`: small
/// matrices balance the load that coarser divisions leave uneven.
enum class Division { even, inputs, depth };

/// The rows that a member owns begin at multiples of this number. 0: the matrix is divided together with others.
inline size_t grainOf(Division division, size_t panelWidth) {
  switch (division) {
    case Division::even: return 0;
    case Division::inputs: return panelWidth;
    case Division::depth: return kBlockTerms;
  }
  __builtin_unreachable();
}

/// The first row of a member's range of a matrix: its even share, to the nearest multiple of `grain`.
inline size_t ownedFrom(size_t rows, size_t grain, size_t member, size_t members) {
  return member == members ? rows : std::min(rows, (rows * member / members + grain / 2) / grain * grain);
}

/// Where the rows of the first member that owns any end.
inline size_t firstOwnedEnd(size_t rows, size_t grain, size_t members) {
  size_t member = 1;
  while (ownedFrom(rows, grain, member, members) == 0) ++member;
  return ownedFrom(rows, grain, member, members);
}

/// A member's rows of a matrix whose division is not even.
struct OwnedRows {
  Range rows;
  size_t firstEnd;  // where the rows of the first member that owns any end
};

inline OwnedRows ownedRows(size_t rows, size_t grain, const Member& member) {
  const auto from = [&](size_t index) { return ownedFrom(rows, grain, index, member.count()); };
  return {{from(member.index()), from(member.index() + 1)}, firstOwnedEnd(rows, grain, member.count())};
}

/// What a team does in a step with a matrix of weights.
struct WeightWork {
  size_t rows, inputs, outputs;  // of the matrix; it has a row for each input, and may have one of biases
  size_t examples, members;
  size_t panelWidth, bytes;  // of a panel in numbers, of a number
  bool isFirst;              // whether the gradient of the inputs is not wanted
  bool mayDivideDepth;
  bool isFrozen = false;  // whether the gradient of the matrix is not wanted
};

/// The work of the busiest member on a matrix in a step.
struct MemberWork {
  size_t multiplications;  // with as many additions
  size_t additions;        // of parts of sums, which are written and read
  size_t crossing;         // numbers that come from another core
};

MemberWork memberWork(Division division, const WeightWork& work);

/// The division that takes the least time, by an estimate from shapes alone. Results have the same bits by any
/// division.
Division fastestDivision(const WeightWork& work);

}  // namespace glissade
