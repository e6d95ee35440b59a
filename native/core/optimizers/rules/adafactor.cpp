#include "optimizers/rules/adafactor.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "optimizers/transform.h"

namespace glissade {
namespace {

// Squares are summed over rectangles of fixed size, then over these in turn: a team can share a matrix of any shape,
// and the bits do not depend on its size.
constexpr size_t kTileRows = 64, kTileColumns = 8 * Parameters::kBlock;

constexpr size_t ceilDivide(size_t x, size_t divisor) { return (x + divisor - 1) / divisor; }

}  // namespace

template <typename Real>
FactoredVariance<Real>::FactoredVariance(const std::vector<size_t>& shape)
    : shape_(matricesOf(shape)),
      rows_(shape_.count * shape_.rows),
      columns_(shape_.count * shape_.columns),
      rowSums_(shape_.rows * ceilDivide(shape_.columns, kTileColumns)),
      columnSums_(shape_.columns * ceilDivide(shape_.rows, kTileRows)) {}

/// Calls visit(row, end of rows, column, end of columns) for this member's rectangles.
template <typename Real>
template <typename Visit>
void FactoredVariance<Real>::forEachTile(const Member& member, Visit visit) const {
  const size_t across = ceilDivide(shape_.columns, kTileColumns);
  const Range tiles = member.share(ceilDivide(shape_.rows, kTileRows) * across);
  for (size_t tile = tiles.begin; tile < tiles.end; ++tile) {
    const size_t row = tile / across * kTileRows, column = tile % across * kTileColumns;
    visit(row, std::min(shape_.rows, row + kTileRows), column, std::min(shape_.columns, column + kTileColumns));
  }
}

template <typename Real>
void FactoredVariance<Real>::observe(const Kernels& kernels, const Member& member, const void* scalars,
                                     const GradientClip<Real>& clip, const Gradient& gradient, size_t array,
                                     Real* rowMeans, Real* columnMeans) {
  const auto read = [&](size_t begin, size_t end, Real* buffer) {
    return clip.read(kernels, gradient, {array, begin, end}, buffer);
  };
  typename Adafactor<Real>::Scalars s;
  std::memcpy(&s, scalars, sizeof s);
  if (member.isFirst()) most_ = 1 / std::sqrt(s.leastVariance);
  for (size_t i = 0; i < shape_.count; ++i)
    observeMatrix(kernels.of<Real>(), member, s.rest2, i, read, rowMeans + i * shape_.rows,
                  columnMeans + i * shape_.columns);
}

template <typename Real>
template <typename Read>
void FactoredVariance<Real>::observeMatrix(const KernelsOf<Real>& kernels, const Member& member, double newShare,
                                           size_t matrix, const Read& gradient, Real* rowMeans, Real* columnMeans) {
  const size_t down = ceilDivide(shape_.rows, kTileRows), across = ceilDivide(shape_.columns, kTileColumns);
  double squareOfScale = 1;
  forEachTile(member, [&](size_t row, size_t lastRow, size_t column, size_t lastColumn) {
    double* const columnSums = columnSums_.data() + row / kTileRows * shape_.columns;
    std::fill(columnSums + column, columnSums + lastColumn, 0.0);
    for (size_t i = row; i < lastRow; ++i) {
      const size_t begin = matrix * shape_.size() + i * shape_.columns;
      double rowSum = 0;
      for (size_t j = column; j < lastColumn; j += Parameters::kBlock) {
        Real buffer[Parameters::kBlock];
        const size_t end = std::min(lastColumn, j + Parameters::kBlock);
        const auto [values, scale] = gradient(begin + j, begin + end, buffer);
        squareOfScale = static_cast<double>(scale) * static_cast<double>(scale);
        rowSum += kernels.addSquares(values, end - j, columnSums + j);
      }
      rowSums_[i * across + column / kTileColumns] = squareOfScale * rowSum;
    }
    for (size_t j = column; j < lastColumn; ++j) columnSums[j] *= squareOfScale;
  });
  member.barrier();

  const auto average = [&](Real& mean, double sum, size_t count) {
    const double old = mean;
    mean = static_cast<Real>(old + newShare * (sum / static_cast<double>(count) - old));
  };
  const Range rows = member.share(shape_.rows, 16), columns = member.share(shape_.columns, 16);
  for (size_t i = rows.begin; i < rows.end; ++i) {
    double sum = 0;
    for (size_t k = 0; k < across; ++k) sum += rowSums_[i * across + k];
    average(rowMeans[i], sum, shape_.columns);
  }
  for (size_t j = columns.begin; j < columns.end; ++j) {
    double sum = 0;
    for (size_t k = 0; k < down; ++k) sum += columnSums_[k * shape_.columns + j];
    average(columnMeans[j], sum, shape_.rows);
    columns_[matrix * shape_.columns + j] = static_cast<Real>(1 / std::sqrt(static_cast<double>(columnMeans[j])));
  }
  member.barrier();

  double sum = 0;
  for (size_t i = 0; i < shape_.rows; ++i) sum += rowMeans[i];
  // As in PyTorch: at least ε₁, although it is a mean of squares.
  const double mean = std::max(sum / static_cast<double>(shape_.rows), 1 / static_cast<double>(most_));
  for (size_t i = rows.begin; i < rows.end; ++i)
    rows_[matrix * shape_.rows + i] = static_cast<Real>(std::sqrt(mean / static_cast<double>(rowMeans[i])));
  member.barrier();
}

template <typename Real>
Scaled<Real> FactoredVariance<Real>::divide(const Kernels& kernels, const ArrayRange& block,
                                            const Scaled<Real>& gradient, Real* buffer) const {
  for (size_t i = block.begin; i < block.end;) {
    const size_t row = i / shape_.columns, column = i % shape_.columns, at = i - block.begin;
    const size_t count = std::min(block.end - i, shape_.columns - column);
    const Real* const columns = columns_.data() + row / shape_.rows * shape_.columns + column;
    kernels.of<Real>().scaleBoth(gradient.scale, rows_[row], columns, most_, gradient.values + at, buffer + at, count);
    i += count;
  }
  return {buffer, 1};
}

template class FactoredVariance<float>;
template class FactoredVariance<double>;

}  // namespace glissade
