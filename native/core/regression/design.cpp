#include "regression/design.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <type_traits>
#include <utility>

#include "error.h"

namespace glissade {

Design::Design(Dataset data) : data_(std::move(data)) {
  if (!data_.targets) throw Error("ERR_SHAPE", "the dataset has no targets");
  if (data_.targets->columns != 1)
    throw Error("ERR_SHAPE", "the dataset has " + std::to_string(data_.targets->columns) +
                                 " targets per row, but exact linear models take one");
  for (const InputBlock& block : data_.inputs)
    if (block.kind == InputBlock::Kind::categorical)
      for (const uint32_t categories : block.codes->cardinalities) columns_ += categories;
    else
      columns_ += block.columns();
}

size_t Design::classes() const {
  double most = 0;
  for (size_t row = 0; row < rows(); ++row) {
    const double one = target(row);
    if (!(one >= 0 && one <= UINT32_MAX && one == std::floor(one)))
      throw Error("ERR_OUT_OF_RANGE", "the target of row " + std::to_string(row) + " is not a class: 0, 1, …");
    most = std::max(most, one);
  }
  return static_cast<size_t>(most) + 1;
}

std::vector<double> Design::centre() const {
  constexpr size_t kRows = 2048;
  const size_t distance = std::max<size_t>(1, rows() / kRows);
  std::vector<double> sums(columns_ + 1);
  size_t count = 0;
  for (size_t row = 0; row < rows(); row += distance, ++count) {
    forEachEntry(row, [&](size_t column, double value) { sums[column] += value; });
    sums[columns_] += target(row);
  }
  for (double& sum : sums) sum /= static_cast<double>(count);
  return sums;
}

void Design::expand(const Range& rows, const double* centre, const DesignBlock& block) const {
  size_t first = 0;
  for (const InputBlock& input : data_.inputs) {
    if (input.kind == InputBlock::Kind::dense) {
      const Table& table = *input.table;
      table.visit([&](const auto* values) {
        constexpr size_t kRows = 8;  // a cache line of each column
        for (size_t begin = rows.begin; begin < rows.end; begin += kRows) {
          const size_t count = std::min(kRows, rows.end - begin);
          const std::remove_reference_t<decltype(*values)>* from[kRows];
          for (size_t i = 0; i < count; ++i) from[i] = values + data_.rowAt(begin + i) * table.columns;
          double* to = block.numbers + first * block.stride + (begin - rows.begin);
          for (size_t j = 0; j < table.columns; ++j, to += block.stride)
            for (size_t i = 0; i < count; ++i)
              to[i] = static_cast<double>(valueOf(from[i][j])) * table.scale - (centre ? centre[first + j] : 0);
        }
      });
      first += table.columns;
      continue;
    }
    size_t columns = input.columns();
    if (input.kind == InputBlock::Kind::categorical) {
      columns = 0;
      for (const uint32_t categories : input.codes->cardinalities) columns += categories;
    }
    for (size_t j = 0; j < columns; ++j)
      std::fill_n(block.numbers + (first + j) * block.stride, rows.size(), centre ? -centre[first + j] : 0.0);
    for (size_t i = 0; i < rows.size(); ++i) {
      const uint32_t at = data_.rowAt(rows.begin + i);
      double* const to = block.numbers + first * block.stride + i;
      if (input.kind == InputBlock::Kind::categorical) {
        size_t begin = 0;
        for (size_t j = 0; j < input.codes->columns(); ++j) {
          to[(begin + input.codes->at(at, j)) * block.stride] += 1;
          begin += input.codes->cardinalities[j];
        }
      } else {
        const SparseRow entries = input.sparse->row(at);
        for (size_t k = 0; k < entries.count; ++k)
          to[entries.columns[k] * block.stride] +=
              static_cast<double>(entries.value(k)) + static_cast<double>(entries.rest(k));
      }
    }
    first += columns;
  }
}

}  // namespace glissade
