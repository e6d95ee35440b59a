#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "parallel/team.h"

namespace glissade {

/// An immutable row-major table of categories: column j holds codes below cardinalities[j].
struct CodeTable {
  /// Takes over row-major codes.
  /// @throws Error ERR_SHAPE if they are not whole rows, ERR_OUT_OF_RANGE for a code that its column does not have.
  CodeTable(std::vector<uint32_t> codes, std::vector<uint32_t> cardinalities);

  size_t rows() const { return codes.size() / cardinalities.size(); }
  size_t columns() const { return cardinalities.size(); }
  size_t bytes() const { return codes.size() * sizeof(uint32_t); }
  uint32_t at(size_t row, size_t column) const { return codes[row * columns() + column]; }

  const std::vector<uint32_t> codes, cardinalities;
};

/// Copies row rows[i] of a table to row i of `out`, which is row-major, for i in `share`.
void gatherCodes(const CodeTable& from, const uint32_t* rows, const Range& share, uint32_t* out);

}  // namespace glissade
