// Normalisations: of each row (layer normalisation) and of each column of a batch (batch normalisation). With x̂ =
// (x − mean)·scale, scale = 1/√(variance + ε), both give y = x̂·weight + bias.
//
// Assumes    matrices in panels with any strides; tangents of all operands or of none
// Alignment  that of the elements
// Writes     columns [0, columns) of rows [begin, end), and the statistics or sums; reads nothing beyond them
// Order      sums over rows: groups of four rows (addRows) in turn, unless noted
//            sums over a row: sumOverRow, which depends on NR
#pragma once

#include "layers/formulas/row_sums.h"
#include "layers/rows.h"
#include "math/elementary.h"
#include "matrix/elements.h"
#include "matrix/sums.h"

namespace glissade {
namespace {

template <typename Number>
inline Number normalized(Number x, Number mean, Number scale) {
  return (x - mean) * scale;
}

/// Layer normalisation (Ba, Kiros & Hinton 2016, arXiv:1607.06450). Writes output, and mean and scale of each row.
template <typename Number, typename Real>
void layerNormForwardOf(const NormalizationRows<Real>& p) {
  const Real count = static_cast<Real>(p.columns);
  for (size_t i = p.begin; i < p.end; ++i) {
    const Track<const Real> x = at(p.input, i, 0);
    const Track<Real> y = at(p.output, i, 0);
    const size_t xStride = p.input.panelStride, yStride = p.output.panelStride;
    constexpr size_t kWidth = kPanelWidth<Real>;
    const auto element = [&](size_t column, size_t j) __attribute__((always_inline)) {
      return load<Number>(x, column / kWidth * xStride + j);
    };
    const Number mean = sumOverRow<Number, Real>(p.columns, element) / Number(count);
    const Number variance = sumOverRow<Number, Real>(
                                p.columns,
                                [&](size_t column, size_t j) __attribute__((always_inline)) {
                                  const Number difference = element(column, j) - mean;
                                  return difference * difference;
                                }) /
                            Number(count);
    const Number scale = Number(1) / root(variance + Number(p.epsilon));
    store(p.mean, i, mean);
    store(p.scale, i, scale);
    forEachPanel<Real>(
        p.columns, [&](size_t column, size_t width) __attribute__((always_inline)) {
          const size_t begin = column / kWidth * yStride;
#pragma omp simd
          for (size_t j = 0; j < width; ++j)
            store(y, begin + j,
                  normalized(element(column, j), mean, scale) * load<Number>(p.weight, column + j) +
                      load<Number>(p.bias, column + j));
        });
  }
}

/// dx = scale·(g − mean(g) − x̂·mean(g ⊙ x̂)) with g = δ ⊙ weight, unless inputGradient is null. sums: Σ δ ⊙ x̂, then Σ δ,
/// by column over the rows, one after the other.
///
/// Assumes    at least one row
template <typename Number, typename Real>
void layerNormBackwardOf(const NormalizationRows<Real>& p) {
  constexpr size_t kWidth = kPanelWidth<Real>;
  const Number count = static_cast<Real>(p.columns);
  for (size_t i = p.begin; i < p.end; ++i) {
    const Track<const Real> x = at(p.input, i, 0), d = at(p.delta, i, 0);
    const size_t xStride = p.input.panelStride, dStride = p.delta.panelStride;
    const Number mean = load<Number>(constant(p.mean), i), scale = load<Number>(constant(p.scale), i);
    const auto xHat = [&](size_t column, size_t j) __attribute__((always_inline)) {
      return normalized(load<Number>(x, column / kWidth * xStride + j), mean, scale);
    };
    const auto delta = [&](size_t column, size_t j) __attribute__((always_inline)) {
      return load<Number>(d, column / kWidth * dStride + j);
    };
    const bool isFirst = i == p.begin;
    forEachPanel<Real>(
        p.columns, [&](size_t column, size_t width) __attribute__((always_inline)) {
          const Track<Real> weights = p.sums + column, biases = p.sums + (p.columns + column);
#pragma omp simd
          for (size_t j = 0; j < width; ++j) {
            const Number before = isFirst ? Number(0) : load<Number>(constant(weights), j),
                         biasBefore = isFirst ? Number(0) : load<Number>(constant(biases), j);
            store(weights, j, before + delta(column, j) * xHat(column, j));
            store(biases, j, biasBefore + delta(column, j));
          }
        });
    if (!p.inputGradient.data.values) continue;
    const auto g = [&](size_t column, size_t j) __attribute__((always_inline)) {
      return delta(column, j) * load<Number>(p.weight, column + j);
    };
    const Number mean1 = sumOverRow<Number, Real>(p.columns, g) / count;
    const Number mean2 = sumOverRow<Number, Real>(
                             p.columns, [&](size_t column, size_t j)
                                            __attribute__((always_inline)) { return g(column, j) * xHat(column, j); }) /
                         count;
    const Track<Real> inputGradient = at(p.inputGradient, i, 0);
    const size_t inputGradientStride = p.inputGradient.panelStride;
    forEachPanel<Real>(
        p.columns, [&](size_t column, size_t width) __attribute__((always_inline)) {
          const size_t begin = column / kWidth * inputGradientStride;
#pragma omp simd
          for (size_t j = 0; j < width; ++j)
            store(inputGradient, begin + j, scale * (g(column, j) - mean1 - xHat(column, j) * mean2));
        });
  }
}

/// sums: by column over a block of rows, the mean, then the sum of squared deviations from it (two passes).
template <typename Number, typename Real>
void batchStatisticsOf(const NormalizationRows<Real>& p) {
  constexpr size_t kWidth = kPanelWidth<Real>;
  const Number count = static_cast<Real>(p.end - p.begin);
  forEachPanel<Real>(
      p.columns, [&](size_t column, size_t width) __attribute__((always_inline)) {
        Number mean[kWidth] = {}, squares[kWidth] = {};
        const Track<const Real> x = at(p.input, 0, column);
        const auto element = [&](size_t i, size_t j) __attribute__((always_inline)) {
          return load<Number>(x, i * p.input.rowStride + j);
        };
        addRows(p.begin, p.end, width, mean, element);
        for (size_t j = 0; j < width; ++j) mean[j] = mean[j] / count;
        addRows(
            p.begin, p.end, width, squares, [&](size_t i, size_t j) __attribute__((always_inline)) {
              const Number difference = element(i, j) - mean[j];
              return difference * difference;
            });
        for (size_t j = 0; j < width; ++j) {
          store(p.sums, column + j, mean[j]);
          store(p.sums, p.columns + column + j, squares[j]);
        }
      });
}

/// Batch normalisation (Ioffe & Szegedy 2015, arXiv:1502.03167). Reads mean and scale of each column, writes output.
template <typename Number, typename Real>
void batchNormForwardOf(const NormalizationRows<Real>& p) {
  forEachPanel<Real>(
      p.columns, [&](size_t column, size_t width) __attribute__((always_inline)) {
        Track<const Real> x = at(p.input, p.begin, column);
        Track<Real> y = at(p.output, p.begin, column);
        for (size_t i = p.begin; i < p.end; ++i, x = x + p.input.rowStride, y = y + p.output.rowStride) {
#pragma omp simd
          for (size_t j = 0; j < width; ++j)
            store(y, j,
                  normalized(load<Number>(x, j), load<Number>(constant(p.mean), column + j),
                             load<Number>(constant(p.scale), column + j)) *
                          load<Number>(p.weight, column + j) +
                      load<Number>(p.bias, column + j));
        }
      });
}

/// sums: by column over a block of rows, Σ δ ⊙ x̂, then Σ δ.
template <typename Number, typename Real>
void batchNormSumsOf(const NormalizationRows<Real>& p) {
  constexpr size_t kWidth = kPanelWidth<Real>;
  forEachPanel<Real>(
      p.columns, [&](size_t column, size_t width) __attribute__((always_inline)) {
        Number weights[kWidth] = {}, biases[kWidth] = {};
        const Track<const Real> x = at(p.input, 0, column), d = at(p.delta, 0, column);
        const auto delta = [&](size_t i, size_t j) __attribute__((always_inline)) {
          return load<Number>(d, i * p.delta.rowStride + j);
        };
        addRows(p.begin, p.end, width, biases, delta);
        addRows(
            p.begin, p.end, width, weights, [&](size_t i, size_t j) __attribute__((always_inline)) {
              return delta(i, j) * normalized(load<Number>(x, i * p.input.rowStride + j),
                                              load<Number>(constant(p.mean), column + j),
                                              load<Number>(constant(p.scale), column + j));
            });
        for (size_t j = 0; j < width; ++j) {
          store(p.sums, column + j, weights[j]);
          store(p.sums, p.columns + column + j, biases[j]);
        }
      });
}

/// dx = weight·scale·(δ − (Σδ + x̂·Σ(δ ⊙ x̂))/rows), with `sums` over the whole batch. If the statistics don't depend on
/// the batch (reciprocalRows is 0), dx = weight·scale·δ.
template <typename Number, typename Real>
void batchNormBackwardOf(const NormalizationRows<Real>& p) {
  const Number reciprocalRows = p.reciprocalRows;
  const bool isOfBatch = p.reciprocalRows != 0;  // else x̂ is unbounded, and x̂·Σ may overflow
  forEachPanel<Real>(
      p.columns, [&](size_t column, size_t width) __attribute__((always_inline)) {
        Track<const Real> x = at(p.input, p.begin, column), delta = at(p.delta, p.begin, column);
        Track<Real> inputGradient = at(p.inputGradient, p.begin, column);
        for (size_t i = p.begin; i < p.end; ++i, x = x + p.input.rowStride, delta = delta + p.delta.rowStride,
                    inputGradient = inputGradient + p.inputGradient.rowStride) {
#pragma omp simd
          for (size_t j = 0; j < width; ++j) {
            const Number scale = load<Number>(constant(p.scale), column + j);
            const Number xHat = normalized(load<Number>(x, j), load<Number>(constant(p.mean), column + j), scale);
            const Number mean = isOfBatch ? (load<Number>(constant(p.sums), p.columns + column + j) +
                                             xHat * load<Number>(constant(p.sums), column + j)) *
                                                reciprocalRows
                                          : Number(0);
            store(inputGradient, j, load<Number>(p.weight, column + j) * scale * (load<Number>(delta, j) - mean));
          }
        }
      });
}

template <typename Real>
void layerNormForward(const NormalizationRows<Real>& p) {
  onNumbers<Real>(p.output.data.tangents, [&]<typename Number>(Number) { layerNormForwardOf<Number>(p); });
}
template <typename Real>
void layerNormBackward(const NormalizationRows<Real>& p) {
  onNumbers<Real>(p.delta.data.tangents, [&]<typename Number>(Number) { layerNormBackwardOf<Number>(p); });
}
template <typename Real>
void batchStatistics(const NormalizationRows<Real>& p) {
  onNumbers<Real>(p.sums.tangents, [&]<typename Number>(Number) { batchStatisticsOf<Number>(p); });
}
template <typename Real>
void batchNormForward(const NormalizationRows<Real>& p) {
  onNumbers<Real>(p.output.data.tangents, [&]<typename Number>(Number) { batchNormForwardOf<Number>(p); });
}
template <typename Real>
void batchNormSums(const NormalizationRows<Real>& p) {
  onNumbers<Real>(p.sums.tangents, [&]<typename Number>(Number) { batchNormSumsOf<Number>(p); });
}
template <typename Real>
void batchNormBackward(const NormalizationRows<Real>& p) {
  onNumbers<Real>(p.delta.data.tangents, [&]<typename Number>(Number) { batchNormBackwardOf<Number>(p); });
}

}  // namespace
}  // namespace glissade
