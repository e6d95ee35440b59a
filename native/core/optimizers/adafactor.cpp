#include "optimizers/adafactor.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "optimizers/transform.h"

namespace glissade {
namespace {

// Sums are over tiles first, so that members can share a matrix of any shape.
constexpr size_t kTileRows = 64, kTileColumns = 4096;

constexpr size_t ceilDivide(size_t x, size_t divisor) { return (x + divisor - 1) / divisor; }

template <typename Real>
class Factored : public MatrixTransform<Real> {
 public:
  void reserve(const Matrices& shape) override {
    const size_t down = ceilDivide(shape.rows, kTileRows), across = ceilDivide(shape.columns, kTileColumns);
    rowSums_.resize(std::max(rowSums_.size(), shape.rows * across));
    columnSums_.resize(std::max(columnSums_.size(), shape.columns * down));
  }

  void apply(const Kernels& kernels, const Member& member, const void* scalars, const Matrices& shape, Real* direction,
             Real* const* states) override {
    typename Adafactor<Real>::Scalars s;
    std::memcpy(&s, scalars, sizeof s);
    for (size_t i = 0; i < shape.count; ++i)
      divide(kernels.of<Real>(), member, s, shape, direction + i * shape.size(), states[0] + i * shape.rows,
             states[1] + i * shape.columns);
  }

 private:
  /// Calls visit(first row, last row, first column, last column, place among tiles) for this member's tiles.
  template <typename Visit>
  void forEachTile(const Member& member, const Matrices& shape, Visit visit) const {
    const size_t across = ceilDivide(shape.columns, kTileColumns);
    const Range tiles = member.share(ceilDivide(shape.rows, kTileRows) * across);
    for (size_t tile = tiles.begin; tile < tiles.end; ++tile) {
      const size_t row = tile / across * kTileRows, column = tile % across * kTileColumns;
      visit(row, std::min(shape.rows, row + kTileRows), column, std::min(shape.columns, column + kTileColumns));
    }
  }

  void divide(const KernelsOf<Real>& kernels, const Member& member, const typename Adafactor<Real>::Scalars& s,
              const Matrices& shape, Real* u, Real* rowMeans, Real* columnMeans) {
    const size_t down = ceilDivide(shape.rows, kTileRows), across = ceilDivide(shape.columns, kTileColumns);
    forEachTile(member, shape, [&](size_t row, size_t lastRow, size_t column, size_t lastColumn) {
      double* const columnSums = columnSums_.data() + row / kTileRows * shape.columns;
      std::fill(columnSums + column, columnSums + lastColumn, 0.0);
      for (size_t i = row; i < lastRow; ++i) {
        const Real* const values = u + i * shape.columns + column;
        rowSums_[i * across + column / kTileColumns] = kernels.squares(values, lastColumn - column);
        kernels.addSquares(values, lastColumn - column, columnSums + column);
      }
    });
    member.barrier();

    const auto average = [&](Real& mean, double sum, size_t count) {
      const double old = mean;
      mean = static_cast<Real>(old + s.rest2 * (sum / static_cast<double>(count) - old));
    };
    const Range rows = member.share(shape.rows, 16), columns = member.share(shape.columns, 16);
    for (size_t i = rows.begin; i < rows.end; ++i) {
      double sum = 0;
      for (size_t k = 0; k < across; ++k) sum += rowSums_[i * across + k];
      average(rowMeans[i], sum, shape.columns);
    }
    for (size_t j = columns.begin; j < columns.end; ++j) {
      double sum = 0;
      for (size_t k = 0; k < down; ++k) sum += columnSums_[k * shape.columns + j];
      average(columnMeans[j], sum, shape.rows);
    }
    member.barrier();

    double sum = 0;
    for (size_t i = 0; i < shape.rows; ++i) sum += rowMeans[i];
    const double mean = std::max(sum / static_cast<double>(shape.rows), std::sqrt(double(s.leastVariance)));
    forEachTile(member, shape, [&](size_t row, size_t lastRow, size_t column, size_t lastColumn) {
      for (size_t i = row; i < lastRow; ++i)
        kernels.divideByRoots(static_cast<Real>(rowMeans[i] / mean), s.leastVariance, columnMeans + column,
                              u + i * shape.columns + column, lastColumn - column);
    });
    member.barrier();
  }

  std::vector<double> rowSums_, columnSums_;  // by row and tile across; by tile down and column
};

}  // namespace

template <typename Real>
std::unique_ptr<MatrixTransform<Real>> makeFactored() {
  return std::make_unique<Factored<Real>>();
}

template std::unique_ptr<MatrixTransform<float>> makeFactored();
template std::unique_ptr<MatrixTransform<double>> makeFactored();

}  // namespace glissade
