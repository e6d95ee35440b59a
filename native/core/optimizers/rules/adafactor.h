#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "arch/real.h"
#include "matrix/panels.h"
#include "optimizers/matrix_step.h"
#include "optimizers/parameters.h"
#include "optimizers/rule.h"
#include "parallel/team.h"

namespace glissade {
namespace {

/// Adafactor for vectors (Shazeer & Stern 2018, arXiv:1804.04235, algorithm 5, with relative step sizes).
template <typename Real>
struct AdafactorVector : UpdateRule {
  static constexpr const char* kName = "adafactor.vector";
  static constexpr Traits kTraits{.sums = 3};  // θ², u² and the number of elements
  struct Hyperparameters {
    GLISSADE_RECORD(learningRate, beta2Decay, epsilon1, epsilon2, clipThreshold, weightDecay);
  };
  static constexpr State kStates[] = {{"variance", Moment::unsignedMoment}};
  struct Scalars {
    double relativeStep, epsilon2, clipThreshold, rest2;  // rest2: 1 − β₂
    Real keep, beta2, newShare, leastVariance, stepSize;
  };

  static Scalars prepare(const Hyperparameters& h, int64_t t) {
    const double rest2 = power(static_cast<double>(t), h.beta2Decay), cap = 1 / root(static_cast<double>(t));
    // An ε₁ of 0 stands for PyTorch's default, the machine epsilon.
    const double epsilon1 = h.epsilon1 != 0 ? h.epsilon1 : (sizeof(Real) == 4 ? 0x1p-23 : 0x1p-52);
    constexpr double leastSquare = sizeof(Real) == 4 ? 0x1p-126 : 0x1p-1022;  // ε₁² is a divisor and must not become 0
    return {h.learningRate < cap ? h.learningRate : cap,
            h.epsilon2,
            h.clipThreshold,
            rest2,
            Real(1 - h.learningRate * h.weightDecay),
            Real(1 - rest2),
            Real(rest2),
            Real(epsilon1 * epsilon1 > leastSquare ? epsilon1 * epsilon1 : leastSquare),
            0};
  }

  static void conclude(const double* sums, double*, Scalars& s) {
    const double rmsOfTheta = root(sums[0] / sums[2]), rmsOfUpdate = root(sums[1] / sums[2]);
    const double size = rmsOfTheta > s.epsilon2 ? rmsOfTheta : s.epsilon2;
    const double excess = rmsOfUpdate / s.clipThreshold;
    s.stepSize = Real(s.relativeStep * size / (excess > 1 ? excess : 1));
  }

  static Real scaled(const Scalars& s, Real g, Real variance) {
    return g / root(variance > s.leastVariance ? variance : s.leastVariance);
  }

  static void sum(double theta, double u, double* terms) {
    terms[0] = theta * theta;
    terms[1] = u * u;
    terms[2] = 1;
  }

  static void measure(const Scalars& s, Real g, Real theta, Real& variance, double* terms) {
    variance = s.beta2 * variance + s.newShare * (g * g);
    sum(theta, scaled(s, g, variance), terms);
  }

  static void update(const Scalars& s, Real g, Real& theta, Real variance) {
    theta = s.keep * theta - s.stepSize * scaled(s, g, variance);
  }
};

/// Adafactor for matrices (algorithm 4). The variance of an element is row mean · column mean / mean of the row means.
template <typename Real>
struct Adafactor : AdafactorVector<Real> {
  static constexpr const char* kName = "adafactor";
  static constexpr Traits kTraits{.replacement = Replacement::factors, .sums = 3};
  static constexpr State kStates[] = {{.name = "row", .extent = Extent::row, .isSquare = true},
                                      {.name = "column", .extent = Extent::column, .isSquare = true}};
  using Scalars = typename AdafactorVector<Real>::Scalars;

  /// Squares are summed over tiles of fixed size, then over these in turn: a team can share a matrix of any shape, and
  /// the bits do not depend on its size.
  static constexpr size_t kTileRows = 64, kTileColumns = 8 * Parameters::kBlock;

  struct Workspace {
    size_t down, across;           // how many tiles there are
    double *rowSums, *columnSums;  // by row and tile across; by tile down and column

    explicit Workspace(WorkspaceMemory<Real>& memory)
        : down(ceilingOf(memory.rows, kTileRows)),
          across(ceilingOf(memory.columns, kTileColumns)),
          rowSums(memory.arena.template take<double>(memory.rows * across)),
          columnSums(memory.arena.template take<double>(memory.columns * down)) {}
  };

  /// Updates the means, and computes the factors: their product is 1 / √variance.
  static void before(const Scalars& s, MatrixStep<Real>& m) {
    const Workspace work(m.memory);
    const Range tiles = m.member.share(work.down * work.across);
    for (size_t tile = tiles.begin; tile < tiles.end; ++tile)
      sumSquares(m, work, tile / work.across, tile % work.across);
    m.member.barrier();

    const auto average = [&](Real& mean, const double* sums, size_t stride, size_t sumCount, size_t count) {
      double sum = 0;
      for (size_t k = 0; k < sumCount; ++k) sum += sums[k * stride];
      const double old = mean;
      mean = Real(old + s.rest2 * (sum / double(count) - old));
    };
    Real *const rowMeans = m.state(0), *const columnMeans = m.state(1);
    const Range rows = m.member.share(m.rows, 16), columns = m.member.share(m.columns, 16);
    for (size_t i = rows.begin; i < rows.end; ++i)
      average(rowMeans[i], work.rowSums + i * work.across, 1, work.across, m.columns);
    for (size_t j = columns.begin; j < columns.end; ++j) {
      average(columnMeans[j], work.columnSums + j, m.columns, work.down, m.rows);
      m.columnFactors[j] = Real(1 / root(double(columnMeans[j])));
    }
    const Real most = 1 / root(s.leastVariance);
    if (m.member.isFirst()) m.most = most;
    m.member.barrier();

    double sum = 0;
    for (size_t i = 0; i < m.rows; ++i) sum += rowMeans[i];
    // As in PyTorch: at least ε₁, although it is a mean of squares.
    const double mean = std::max(sum / double(m.rows), 1 / double(most));
    for (size_t i = rows.begin; i < rows.end; ++i) m.rowFactors[i] = Real(root(mean / double(rowMeans[i])));
  }

  /// The sums of squares of the rows and columns of one tile.
  static void sumSquares(const MatrixStep<Real>& m, const Workspace& work, size_t down, size_t across) {
    const size_t firstRow = down * kTileRows, lastRow = std::min(m.rows, firstRow + kTileRows);
    const size_t first = across * kTileColumns, last = std::min(m.columns, first + kTileColumns);
    double* const columnSums = work.columnSums + down * m.columns;
    double squareOfScale = 1;
    std::fill(columnSums + first, columnSums + last, 0.0);
    for (size_t i = firstRow; i < lastRow; ++i) {
      double rowSum = 0;
      for (size_t j = first; j < last; j += Parameters::kBlock) {
        Real buffer[Parameters::kBlock];
        const size_t end = std::min(last, j + Parameters::kBlock);
        const auto [values, scale] = m.gradient(i, j, end, buffer);
        squareOfScale = double(scale) * double(scale);
        rowSum += m.kernels.template of<Real>().addSquares(values, end - j, columnSums + j);
      }
      work.rowSums[i * work.across + across] = squareOfScale * rowSum;
    }
    for (size_t j = first; j < last; ++j) columnSums[j] *= squareOfScale;
  }

  static void measure(const Scalars&, Real g, Real theta, double* terms) {
    AdafactorVector<Real>::sum(theta, g, terms);
  }

  static void update(const Scalars& s, Real g, Real& theta) { theta = s.keep * theta - s.stepSize * g; }
};

}  // namespace
}  // namespace glissade
