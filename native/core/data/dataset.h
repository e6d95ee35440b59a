#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "arch/kernels.h"

namespace glissade {

/// An immutable row-major table of floats, doubles or bytes; a value counts as `scale` times what is stored.
struct Table {
  Format format;
  size_t rows, columns;
  double scale;
  std::shared_ptr<const void> data;

  double at(size_t row, size_t column) const;
  size_t bytes() const;
};

/// Examples: a table of inputs, mostly one of targets, and which of their rows belong to it.
struct Dataset {
  std::shared_ptr<const Table> inputs, targets;
  std::shared_ptr<const std::vector<uint32_t>> selection;  // none: all rows

  size_t rows() const { return selection ? selection->size() : inputs->rows; }
  uint32_t rowAt(size_t i) const { return selection ? (*selection)[i] : static_cast<uint32_t>(i); }

  /// The rows listed, by their number in this dataset.
  Dataset select(const std::vector<uint32_t>& rows) const;
};

/// Copies `rows` rows of values into a table that owns them.
Table copyTable(Format format, const void* values, size_t rows, size_t columns, double scale);

}  // namespace glissade
