#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

#include "matrix/buffer.h"

namespace glissade {

/// Places of arrays in one piece of memory. Arrays that are in use at the same time lie apart: each takes the first gap
/// that it fits into, large arrays first (Pisarchyk & Lee 2020, arXiv:2001.03288, section 5).
class MemoryPlan {
 public:
  /// Adds an array of this many bytes, which is in use from one point in time to another, both included. Returns its
  /// index.
  /// @throws std::bad_alloc if the memory would exceed SIZE_MAX bytes. So does `place`.
  size_t add(size_t bytes, size_t from, size_t to) {
    constexpr size_t kAlignment = 64;
    const size_t padded = checkedSum(bytes, kReadBeyond + kAlignment - 1) / kAlignment * kAlignment;
    arrays_.push_back({padded, from, to, 0});
    return arrays_.size() - 1;
  }

  /// Finds the places, once all arrays are added.
  void place() {
    std::vector<size_t> order(arrays_.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::sort(order, [&](size_t a, size_t b) {
      return arrays_[a].bytes != arrays_[b].bytes ? arrays_[a].bytes > arrays_[b].bytes : a < b;
    });
    std::vector<const Array*> placed;  // by offset
    for (const size_t index : order) {
      Array& array = arrays_[index];
      for (const Array* const other : placed) {
        if (other->to < array.from || array.to < other->from) continue;
        if (checkedSum(array.offset, array.bytes) <= other->offset) break;
        array.offset = std::max(array.offset, other->offset + other->bytes);
      }
      placed.insert(std::ranges::upper_bound(placed, array.offset, {}, &Array::offset), &array);
      bytes_ = std::max(bytes_, checkedSum(array.offset, array.bytes));
    }
  }

  size_t offset(size_t index) const { return arrays_[index].offset; }
  /// The bytes of the piece of memory.
  size_t bytes() const { return bytes_; }
  /// The bytes that all arrays would take apart from each other.
  size_t bytesApart() const {
    return std::accumulate(arrays_.begin(), arrays_.end(), size_t{0},
                           [](size_t sum, const Array& array) { return sum + array.bytes; });
  }

 private:
  struct Array {
    size_t bytes, from, to, offset;
  };
  std::vector<Array> arrays_;
  size_t bytes_ = 0;
};

}  // namespace glissade
