#include "data/codes.h"

#include <algorithm>
#include <string>
#include <utility>

#include "error.h"

namespace glissade {

namespace {

/// The memory of a vector, which lives as long as its owners.
std::shared_ptr<const uint32_t> sharedOf(std::vector<uint32_t> numbers) {
  auto owner = std::make_shared<const std::vector<uint32_t>>(std::move(numbers));
  const uint32_t* const data = owner->data();
  return {std::move(owner), data};
}

size_t rowsOf(const std::vector<uint32_t>& codes, const std::vector<uint32_t>& cardinalities) {
  if (cardinalities.empty() || codes.size() % cardinalities.size() != 0)
    throw Error("ERR_SHAPE", std::to_string(codes.size()) + " codes do not make whole rows of " +
                                 std::to_string(cardinalities.size()) + " columns");
  const size_t rows = codes.size() / cardinalities.size();
  checkCodes(codes.data(), rows, cardinalities);
  return rows;
}

}  // namespace

void checkCodes(const uint32_t* codes, size_t rows, const std::vector<uint32_t>& cardinalities, size_t firstRow) {
  const size_t columns = cardinalities.size();
  for (size_t row = 0; row < rows; ++row)
    for (size_t column = 0; column < columns; ++column)
      if (const uint32_t code = codes[row * columns + column]; code >= cardinalities[column])
        throw Error("ERR_OUT_OF_RANGE", "row " + std::to_string(firstRow + row) + ", column " + std::to_string(column) +
                                            " is category " + std::to_string(code) + ", but the column has " +
                                            std::to_string(cardinalities[column]));
}

CodeTable::CodeTable(std::shared_ptr<const uint32_t> checked, size_t rows, std::vector<uint32_t> sizes)
    : rows_(rows), codes(std::move(checked)), cardinalities(std::move(sizes)) {}

CodeTable::CodeTable(std::vector<uint32_t> given, std::vector<uint32_t> sizes)
    : rows_(rowsOf(given, sizes)), codes(sharedOf(std::move(given))), cardinalities(std::move(sizes)) {}

void gatherCodes(const CodeTable& from, const uint32_t* rows, const Range& share, uint32_t* out) {
  const size_t columns = from.columns();
  for (size_t i = share.begin; i < share.end; ++i) std::copy_n(from.row(rows[i]), columns, &out[i * columns]);
}

}  // namespace glissade
