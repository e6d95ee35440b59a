#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "parallel/team.h"

namespace glissade {

/// An immutable row-major table of categories: column j holds codes below cardinalities[j].
struct CodeTable {
  /// Takes over codes, row after row.
  /// @throws Error ERR_SHAPE where they are no whole rows, ERR_OUT_OF_RANGE where one is beyond its column.
  CodeTable(std::vector<uint32_t> codes, std::vector<uint32_t> cardinalities);

  size_t rows() const { return codes.size() / cardinalities.size(); }
  size_t columns() const { return cardinalities.size(); }
  size_t bytes() const { return codes.size() * sizeof(uint32_t); }
  uint32_t at(size_t row, size_t column) const { return codes[row * columns() + column]; }

  const std::vector<uint32_t> codes, cardinalities;
};

/// Copies rows rows[share.begin..share.end) of a table into rows share.begin..share.end of `out`, row-major.
void gatherCodes(const CodeTable& from, const uint32_t* rows, const Range& share, uint32_t* out);

}  // namespace glissade
