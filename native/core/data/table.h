#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "data/format.h"
#include "error.h"
#include "kernels/kernels.h"
#include "matrix/panels.h"
#include "parallel/team.h"

namespace glissade {

/// An immutable row-major table of floats, doubles, bytes or numbers of bfloat16. A value is `scale` times the number
/// that is stored.
struct Table {
  Format format;
  size_t rows, columns;
  double scale;
  std::shared_ptr<const void> data;
  double largest = std::numeric_limits<double>::infinity();  // max |value| if all are finite and can't change

  /// Calls visit(values) with a pointer of the format's type.
  template <typename Visit>
  auto visit(Visit visit) const {
    switch (format) {
      case Format::float32: return visit(static_cast<const float*>(data.get()));
      case Format::float64: return visit(static_cast<const double*>(data.get()));
      case Format::bfloat16: return visit(static_cast<const Bfloat16*>(data.get()));
      case Format::uint8: return visit(static_cast<const uint8_t*>(data.get()));
    }
    __builtin_unreachable();
  }

  double at(size_t row, size_t column) const;
  size_t bytes() const;
};

/// max |value|, or infinity if one is not finite.
double largestIn(const Table& table);

/// Copies `rows` rows of values to a table that owns them, aligned to 64 bytes.
Table copyTable(Format format, const void* values, size_t rows, size_t columns, double scale);

/// Values that are not finite: how many, and the first of them.
struct NonFinite {
  size_t count, row, column;
  double value;
};

/// `inputs has 3 values that are not finite; the first is NaN at row 12, column 4`. `value` is the text of the first
/// value.
std::string nonFiniteSentence(const std::string& name, const NonFinite& found, const std::string& value);
Error nonFiniteError(const std::string& name, const NonFinite& found);

/// The stored numbers of a table that are not finite, or nothing if all are.
std::optional<NonFinite> nonFiniteIn(const Table& table);

template <typename Real>
typename GatherKernels<Real>::Gather gatherOf(const GatherKernels<Real>& kernels, Format format) {
  switch (format) {
    case Format::float32: return kernels.float32;
    case Format::float64: return kernels.float64;
    case Format::bfloat16: return kernels.bfloat16;
    case Format::uint8: return kernels.uint8;
  }
  __builtin_unreachable();
}

/// Copies some columns of row rows[i] of a table to the same columns of row i of `out`, converted and scaled, for i in
/// `share`. The first column must be the first of a panel.
template <typename Real>
void gatherRows(const KernelsOf<Real>& kernels, const Table& from, const Range& columns, const uint32_t* rows,
                const Range& share, const Panels<Real>& out) {
  gatherOf(kernels.gather, from.format)(from.data.get(), {from.columns, columns.begin, columns.end}, from.scale, rows,
                                        share.begin, share.end, out);
}

/// Copies the numbers of one position, of `positions` side by side in a row, to row i · positions + position of `out`.
template <typename Real>
void gatherPosition(const KernelsOf<Real>& kernels, const Table& from, size_t position, size_t positions,
                    const uint32_t* rows, const Range& share, const Panels<Real>& out) {
  const size_t channels = from.columns / positions;
  from.visit([&](const auto* values) {
    gatherOf(kernels.gather, from.format)(
        values + position * channels, {from.columns, 0, channels}, from.scale, rows, share.begin, share.end,
        {out.data + position * out.rowStride, out.panelStride, positions * out.rowStride});
  });
}

/// Copies rows to bfloat16, all columns, in pairs of adjacent columns. The number after the last column is 1.
inline void gatherPairs(const Bfloat16Kernels& kernels, const Table& from, const uint32_t* rows, const Range& share,
                        const Panels<Pair>& out) {
  gatherOf(kernels.gather, from.format)(from.data.get(), {from.columns, 0, from.columns}, from.scale, rows, share.begin,
                                        share.end, out);
}

}  // namespace glissade
