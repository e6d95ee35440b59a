// The sizes of blocks and chunks of rows.
#pragma once

#include <algorithm>
#include <cstddef>

namespace glissade {

/// Rows of a block whose columns fit into the cache of a core together.
inline size_t blockRowsFor(size_t columns) {
  constexpr size_t kNumbers = 24'576;  // 192 KiB
  return std::clamp<size_t>(kNumbers / columns / 32 * 32, 32, 512);
}

/// The distance of columns of so many rows. Not a multiple of 4 KiB, at which addresses share a place in the cache.
inline size_t strideFor(size_t rows) { return (rows + 7) / 8 * 8 + 8; }

/// The number of chunks of which each has a result of so many numbers, and costs as much to merge as `leastRows` rows.
inline size_t chunksFor(size_t rows, size_t numbers, size_t leastRows) {
  constexpr size_t kMost = 16, kFewestRows = 1024, kMemory = size_t{1} << 24;  // 128 MiB
  const size_t fitting = std::max<size_t>(1, kMemory / numbers);
  return std::max<size_t>(1, std::min({kMost, fitting, rows / std::max(kFewestRows, leastRows)}));
}

}  // namespace glissade
