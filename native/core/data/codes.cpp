#include "data/codes.h"

#include <algorithm>
#include <string>
#include <utility>

#include "error.h"

namespace glissade {

CodeTable::CodeTable(std::vector<uint32_t> given, std::vector<uint32_t> sizes)
    : codes(std::move(given)), cardinalities(std::move(sizes)) {
  if (cardinalities.empty() || codes.size() % cardinalities.size() != 0)
    throw Error("ERR_SHAPE", std::to_string(codes.size()) + " codes are no whole rows of " +
                                 std::to_string(cardinalities.size()) + " columns");
  for (size_t i = 0; i < codes.size(); ++i) {
    const size_t column = i % cardinalities.size();
    if (codes[i] >= cardinalities[column])
      throw Error("ERR_OUT_OF_RANGE", "row " + std::to_string(i / cardinalities.size()) + ", column " +
                                          std::to_string(column) + " is category " + std::to_string(codes[i]) +
                                          ", but the column has " + std::to_string(cardinalities[column]));
  }
}

void gatherCodes(const CodeTable& from, const uint32_t* rows, const Range& share, uint32_t* out) {
  const size_t columns = from.columns();
  for (size_t i = share.begin; i < share.end; ++i)
    std::copy_n(&from.codes[rows[i] * columns], columns, &out[i * columns]);
}

}  // namespace glissade
