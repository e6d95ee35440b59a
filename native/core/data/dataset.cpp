#include "data/dataset.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <new>
#include <string>
#include <type_traits>

#include "arch/magnitude.h"
#include "data/stored.h"
#include "error.h"

namespace glissade {

double Table::at(size_t row, size_t column) const {
  return visit(
      [&](const auto* values) { return scale * static_cast<double>(valueOf(values[row * columns + column])); });
}

size_t Table::bytes() const {
  return visit([&](const auto* values) { return rows * columns * sizeof *values; });
}

Dataset Dataset::select(const std::vector<uint32_t>& rows) const {
  auto chosen = std::make_shared<std::vector<uint32_t>>();
  chosen->reserve(rows.size());
  for (const uint32_t row : rows) {
    if (row >= this->rows()) throw Error("ERR_OUT_OF_RANGE", "row " + std::to_string(row) + " is beyond the dataset");
    chosen->push_back(rowAt(row));
  }
  return {inputs, targets, std::move(chosen), weights};
}

Table copyTable(Format format, const void* values, size_t rows, size_t columns, double scale) {
  Table table{format, rows, columns, scale, nullptr};
  constexpr std::align_val_t kAlignment{64};
  void* const memory = ::operator new(table.bytes(), kAlignment);
  std::memcpy(memory, values, table.bytes());
  table.data =
      std::shared_ptr<const void>(memory, [](const void* p) { ::operator delete(const_cast<void*>(p), kAlignment); });
  table.largest = std::abs(scale) * table.visit([&]<typename Stored>(const Stored* copied) -> double {
    if constexpr (std::is_floating_point_v<Stored>) return magnitude(copied, rows * columns);
    double largest = 0;
    bool areFinite = true;
    for (size_t i = 0; i < rows * columns; ++i) {
      const double size = std::abs(static_cast<double>(valueOf(copied[i])));
      areFinite &= std::isfinite(size);
      largest = std::max(largest, size);
    }
    return areFinite ? largest : std::numeric_limits<double>::infinity();
  });
  return table;
}

}  // namespace glissade
