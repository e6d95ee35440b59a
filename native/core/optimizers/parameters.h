#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "optimizers/rule.h"
#include "parallel/team.h"

namespace glissade {

struct Parameter {
  std::vector<size_t> shape;
  size_t group = 0;  // arrays of a group share a rule and its hyperparameters
  bool frozen = false;
  bool mayBeSparse = false;  // whether gradients may be for some of its rows only
  bool isOneMatrix = false;  // true: all sides but the last are rows; false: a batch of matrices in the last two
};

/// An array as matrices, one after another, with the last two sides of its shape. A vector is one row.
struct Matrices {
  size_t count, rows, columns;

  /// How many numbers a state of all these matrices has.
  size_t lengthOf(Extent extent) const {
    switch (extent) {
      case Extent::element: return count * rows * columns;
      case Extent::row: return count * rows;
      case Extent::column: return count * columns;
      case Extent::rowSquare: return count * rows * rows;
      case Extent::columnSquare: return count * columns * columns;
      case Extent::matrix: return count;
    }
    __builtin_unreachable();
  }
};

inline Matrices matricesOf(const std::vector<size_t>& shape) {
  size_t count = 1;
  for (size_t i = 0; i + 2 < shape.size(); ++i) count *= shape[i];
  if (shape.size() < 2) return {count, 1, shape.empty() ? 1 : shape.front()};
  return {count, shape[shape.size() - 2], shape.back()};
}

/// The matrices that a rule sees. Those with factors are always of the last two sides.
inline Matrices matricesOf(Replacement replacement, const Parameter& parameter) {
  const Matrices batch = matricesOf(parameter.shape);
  if (replacement != Replacement::matrix || !parameter.isOneMatrix) return batch;
  return {1, batch.count * batch.rows, batch.columns};
}

/// Elements of one array.
struct ArrayRange {
  size_t array, begin, end;
  size_t count() const { return end - begin; }
};

/// The arrays that an optimizer updates, concatenated, and how a team divides them: in blocks of an array, whose
/// buffers fit the first-level cache. Each large array is divided evenly, as networks divide their matrices: a member
/// then reads gradients that it has computed. Small arrays are divided together.
class Parameters {
 public:
  static constexpr size_t kBlock = 1024;

  explicit Parameters(std::vector<Parameter> list) : list_(std::move(list)), offsets_{0}, smallOffsets_{0}, blocks_{0} {
    for (const Parameter& parameter : list_) {
      size_t length = 1;
      for (const size_t side : parameter.shape) length *= side;
      offsets_.push_back(offsets_.back() + length);
      smallOffsets_.push_back(smallOffsets_.back() + (length < kLarge ? length : 0));
      blocks_.push_back(blocks_.back() + (length + kBlock - 1) / kBlock);
    }
  }

  const std::vector<Parameter>& list() const { return list_; }
  const Parameter& operator[](size_t i) const { return list_[i]; }
  size_t count() const { return list_.size(); }
  /// How many elements all arrays have together.
  size_t size() const { return offsets_.back(); }
  size_t lengthOf(size_t i) const { return offsets_[i + 1] - offsets_[i]; }
  size_t offsetOf(size_t i) const { return offsets_[i]; }

  size_t blockCount() const { return blocks_.back(); }
  Range blocksOf(size_t i) const { return {blocks_[i], blocks_[i + 1]}; }
  size_t blockAt(const ArrayRange& range) const { return blocks_[range.array] + range.begin / kBlock; }

  /// Calls visit(range) for what a range of the concatenated arrays contains of each that isn't frozen.
  template <typename Visit>
  void forEachRangeIn(const Range& range, Visit visit) const {
    forEachRangeIn(range, offsets_, visit);
  }

  /// Calls visit(range) for a member's share of each array that isn't frozen. Ranges begin and end with blocks.
  template <typename Visit>
  void forEachRange(const Member& member, Visit visit) const {
    for (size_t i = 0; i < count(); ++i) {
      if (lengthOf(i) < kLarge || list_[i].frozen) continue;
      const Range share = member.share(lengthOf(i), kBlock);
      if (share.begin < share.end) visit(ArrayRange{i, share.begin, share.end});
    }
    forEachRangeIn(member.share(smallOffsets_.back()), smallOffsets_, [&](const ArrayRange& part) {
      const ArrayRange range{part.array, part.begin / kBlock * kBlock,
                             part.end == lengthOf(part.array) ? part.end : part.end / kBlock * kBlock};
      if (range.begin < range.end) visit(range);
    });
  }

  /// Calls visit(block) for a member's blocks of arrays that aren't frozen.
  template <typename Visit>
  void forEachBlock(const Member& member, Visit visit) const {
    forEachRange(member, [&](const ArrayRange& range) { forEachBlock(range, visit); });
  }

  /// Calls visit(block) for a member's blocks of one array.
  template <typename Visit>
  void forEachBlockOf(size_t array, const Member& member, Visit visit) const {
    const Range share = member.share(lengthOf(array), kBlock);
    forEachBlock({array, share.begin, share.end}, visit);
  }

 private:
  static constexpr size_t kLarge = 64 * kBlock;

  template <typename Visit>
  void forEachRangeIn(const Range& range, const std::vector<size_t>& offsets, Visit visit) const {
    const auto after = std::upper_bound(offsets.begin(), offsets.end(), range.begin);
    for (auto i = static_cast<size_t>(after - offsets.begin()) - 1; i < count() && offsets[i] < range.end; ++i) {
      const size_t begin = range.begin <= offsets[i] ? 0 : range.begin - offsets[i],
                   end = std::min(range.end, offsets[i + 1]) - offsets[i];
      if (!list_[i].frozen && begin < end) visit(ArrayRange{i, begin, end});
    }
  }

  template <typename Visit>
  static void forEachBlock(const ArrayRange& range, Visit visit) {
    for (size_t begin = range.begin; begin < range.end; begin += kBlock)
      visit(ArrayRange{range.array, begin, std::min(range.end, begin + kBlock)});
  }

  std::vector<Parameter> list_;
  std::vector<size_t> offsets_;       // by array, in the concatenation; last, its length
  std::vector<size_t> smallOffsets_;  // likewise in that of small arrays
  std::vector<size_t> blocks_;        // by array, its first block; last, how many blocks there are
};

}  // namespace glissade
