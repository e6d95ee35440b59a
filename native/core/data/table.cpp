#include "data/table.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <new>
#include <type_traits>

#include "arch/magnitude.h"
#include "data/stored.h"
#include "system/memory.h"

namespace glissade {

double Table::at(size_t row, size_t column) const {
  return visit(
      [&](const auto* values) { return scale * static_cast<double>(valueOf(values[row * columns + column])); });
}

size_t Table::bytes() const {
  return visit([&](const auto* values) { return rows * columns * sizeof *values; });
}

double largestIn(const Table& table) {
  const size_t count = table.rows * table.columns;
  return std::abs(table.scale) * table.visit([&]<typename Stored>(const Stored* values) -> double {
    if constexpr (std::is_floating_point_v<Stored>) return magnitude(values, count);
    double largest = 0;
    bool areFinite = true;
    for (size_t i = 0; i < count; ++i) {
      const double size = std::abs(static_cast<double>(valueOf(values[i])));
      areFinite &= std::isfinite(size);
      largest = std::max(largest, size);
    }
    return areFinite ? largest : std::numeric_limits<double>::infinity();
  });
}

Table copyTable(Format format, const void* values, size_t rows, size_t columns, double scale) {
  Table table{format, rows, columns, scale, nullptr};
  constexpr std::align_val_t kAlignment{64};
  void* const memory = ::operator new(table.bytes(), kAlignment);
  preferLargePages(memory, table.bytes(), Contents::fresh);
  std::memcpy(memory, values, table.bytes());
  table.data =
      std::shared_ptr<const void>(memory, [](const void* p) { ::operator delete(const_cast<void*>(p), kAlignment); });
  table.largest = largestIn(table);
  return table;
}

std::string nonFiniteSentence(const std::string& name, const NonFinite& found, const std::string& value) {
  const char* const what =
      found.count == 1 ? " value that is not finite; it" : " values that are not finite; the first";
  return name + " has " + std::to_string(found.count) + what + " is " + value + " at row " + std::to_string(found.row) +
         ", column " + std::to_string(found.column);
}

Error nonFiniteError(const std::string& name, const NonFinite& found) {
  const char* const value = std::isnan(found.value) ? "NaN" : found.value > 0 ? "Infinity" : "-Infinity";
  return {"ERR_NON_FINITE", nonFiniteSentence(name, found, value)};
}

std::optional<NonFinite> nonFiniteIn(const Table& table) {
  return table.visit([&](const auto* values) -> std::optional<NonFinite> {
    std::optional<NonFinite> found;
    for (size_t i = 0; i < table.rows * table.columns; ++i) {
      const auto value = static_cast<double>(valueOf(values[i]));
      if (std::isfinite(value)) continue;
      if (!found) found = NonFinite{0, i / table.columns, i % table.columns, value};
      ++found->count;
    }
    return found;
  });
}

}  // namespace glissade
