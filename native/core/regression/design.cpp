#include "regression/design.h"

#include <algorithm>
#include <cmath>
#include <string>
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
  constexpr double kLargest = 1e100;
  const auto check = [&](const char* what, double largest) {
    if (largest > kLargest && std::isfinite(largest))
      throw Error("ERR_OUT_OF_RANGE",
                  std::string("exact linear models take ") + what +
                      " up to 1e100 in size, since their squares are summed; divide them by a number");
  };
  check("inputs", data_.largest());
  check("targets", data_.targets->largest);
}

std::vector<double> Design::classWeights() const {
  constexpr size_t kMost = 65'536;
  std::vector<double> weights;
  for (size_t row = 0; row < rows(); ++row) {
    const double one = target(row);
    if (!(one >= 0 && one < kMost && one == std::floor(one)))
      throw Error("ERR_OUT_OF_RANGE", "the target of row " + std::to_string(row) + " is not a class: 0, 1, …, " +
                                          std::to_string(kMost - 1));
    const auto place = static_cast<size_t>(one);
    if (place >= weights.size()) weights.resize(place + 1);
    weights[place] += weight(row);
  }
  return weights;
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

void Design::expandDense(const RegressionKernels& kernels, const Table& table, const Range& rows, const double* centre,
                         const DesignBlock& block) const {
  table.visit([&](const auto* values) {
    constexpr size_t kColumns = 64, kAhead = 64;
    double square[kTransposedRows * kColumns];
    for (size_t begin = 0; begin < rows.size(); begin += kTransposedRows) {
      const size_t count = std::min(kTransposedRows, rows.size() - begin);
      for (size_t first = 0; first < table.columns; first += kColumns) {
        const size_t columns = std::min(kColumns, table.columns - first);
        for (size_t i = 0; i < count; ++i) {
          const size_t row = rows.begin + begin + i, ahead = std::min(row + kAhead, data_.rows() - 1);
          const auto* const from = values + data_.rowAt(row) * table.columns + first;
          const auto* const later = values + data_.rowAt(ahead) * table.columns + first;
          for (size_t j = 0; j < columns; j += 64 / sizeof *values) __builtin_prefetch(later + j, 0, 2);
          double* const to = square + i * kColumns;
          if (centre)
            for (size_t j = 0; j < columns; ++j)
              to[j] = static_cast<double>(valueOf(from[j])) * table.scale - centre[first + j];
          else
            for (size_t j = 0; j < columns; ++j) to[j] = static_cast<double>(valueOf(from[j])) * table.scale;
        }
        double* const to = block.numbers + first * block.stride + begin;
        if (count == kTransposedRows) {
          kernels.transpose(square, kColumns, columns, to, block.stride);
        } else {
          for (size_t j = 0; j < columns; ++j)
            for (size_t i = 0; i < count; ++i) to[j * block.stride + i] = square[i * kColumns + j];
        }
      }
    }
  });
}

void Design::expand(const RegressionKernels& kernels, const Range& rows, const double* centre,
                    const DesignBlock& block) const {
  size_t first = 0;
  for (const InputBlock& input : data_.inputs) {
    if (input.kind == InputBlock::Kind::dense) {
      const DesignBlock part{block.numbers + first * block.stride, block.rows, input.table->columns, block.stride};
      expandDense(kernels, *input.table, rows, centre ? centre + first : nullptr, part);
      first += input.table->columns;
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
