#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "parallel/team.h"

namespace glissade {

/// An immutable row-major table of categories: column j has codes below cardinalities[j].
struct CodeTable {
  /// Takes over row-major codes.
  /// @throws Error ERR_SHAPE if they are not whole rows, ERR_OUT_OF_RANGE for a code that its column does not have.
  CodeTable(std::vector<uint32_t> codes, std::vector<uint32_t> cardinalities);
  /// Codes that have been checked.
  CodeTable(std::shared_ptr<const uint32_t> checked, size_t rows, std::vector<uint32_t> cardinalities);

  size_t rows() const { return rows_; }
  size_t columns() const { return cardinalities.size(); }
  size_t bytes() const { return rows_ * columns() * sizeof(uint32_t); }
  const uint32_t* row(size_t row) const { return codes.get() + row * columns(); }
  uint32_t at(size_t row, size_t column) const { return this->row(row)[column]; }

  // In this order, so that a constructor counts and checks the rows before it takes over vectors.
 private:
  size_t rows_;

 public:
  const std::shared_ptr<const uint32_t> codes;
  const std::vector<uint32_t> cardinalities;
};

/// Checks row-major codes of whole rows, of which the first has the number `firstRow` in messages.
/// @throws Error ERR_OUT_OF_RANGE for a code that its column does not have.
void checkCodes(const uint32_t* codes, size_t rows, const std::vector<uint32_t>& cardinalities, size_t firstRow = 0);

/// Copies row rows[i] of a table to row i of `out`, which is row-major, for i in `share`.
void gatherCodes(const CodeTable& from, const uint32_t* rows, const Range& share, uint32_t* out);

}  // namespace glissade
