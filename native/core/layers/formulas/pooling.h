// The largest or the mean of what a window sees. Positions outside the image do not count.
//
// Assumes    matrices in panels with any strides, a row for each position (example, row, column); each window sees a
//            position of the image; tangents of all of them or of none
// Alignment  that of the elements
// Writes     columns [0, columns) of the rows of examples [begin, end); reads nothing beyond them
// Order      a window's positions row by row, or the windows that see a position; means and their gradients by LaneSums
#pragma once

#include "layers/formulas/columns.h"
#include "math/activations.h"
#include "matrix/sums.h"

namespace glissade {
namespace {

struct Span {
  size_t begin, end;
};

/// The rows (or columns) of the image that the window at output `at` sees.
inline Span seen(size_t at, size_t stride, size_t kernel, size_t before, size_t size) {
  const size_t begin = at * stride, end = begin + kernel;
  return {begin > before ? begin - before : 0, end > before + size ? size : (end > before ? end - before : 0)};
}

/// Calls work(output row, vertical span, horizontal span, first input row of the example) for all windows.
template <typename Work>
inline __attribute__((always_inline)) void forEachWindow(const Windows& w, size_t example, Work work) {
  for (size_t y = 0; y < w.outputHeight; ++y)
    for (size_t x = 0; x < w.outputWidth; ++x)
      work(example * w.outputs() + y * w.outputWidth + x, seen(y, w.strideHeight, w.kernelHeight, w.top, w.height),
           seen(x, w.strideWidth, w.kernelWidth, w.left, w.width), example * w.positions());
}

/// Prefetches a panel's row of the windows below, since processors don't predict the rows of an image. kWrites: for
/// writing.
template <int kWrites, typename Real>
inline __attribute__((always_inline)) void prefetchRow(const Real* row) {
  constexpr size_t kLine = 64 / sizeof(Real);
  for (size_t j = 0; j < kPanelWidth<Real>; j += kLine) __builtin_prefetch(row + j, kWrites);
}

/// output ← the largest or the mean of each window. The largest is NaN if the window has a NaN.
template <typename Number, typename Real>
void poolOf(const PoolRows<Real>& p) {
  constexpr size_t kWidth = kPanelWidth<Real>;
  const size_t stride = p.input.rowStride, below = p.windows.kernelHeight * p.windows.width * stride;
  for (size_t example = p.begin; example < p.end; ++example)
    forEachWindow(p.windows, example, [&](size_t output, Span rows, Span columns, size_t first) {
      const Number weight = Real(1) / static_cast<Real>((rows.end - rows.begin) * (columns.end - columns.begin));
      forEachPanel<Real>(
          p.columns, [&](size_t column, size_t width) __attribute__((always_inline)) {
            const auto forEachPosition = [&](auto visit) __attribute__((always_inline)) {
              for (size_t y = rows.begin; y < rows.end; ++y) {
                Track<const Real> x = at(p.input, first + y * p.windows.width + columns.begin, column);
                for (size_t i = columns.begin; i < columns.end; ++i, x = x + stride) {
                  prefetchRow<0>(x.values + below);
                  visit(x);
                }
              }
            };
            const Track<Real> y = at(p.output, output, column);
            if (p.pooling == Pooling::average) {
              LaneSums<Number, kWidth> of(width);
              forEachPosition([&](const Track<const Real>& x) __attribute__((always_inline)) {
                of.add([&](size_t j) __attribute__((always_inline)) { return load<Number>(x, j); });
              });
              const Number(&sums)[kWidth] = of.sums();
#pragma omp simd
              for (size_t j = 0; j < width; ++j) store(y, j, sums[j] * weight);
              return;
            }
            Number result[kWidth];
            bool isFirst = true;
            forEachPosition([&](const Track<const Real>& x) __attribute__((always_inline)) {
              if (isFirst) {
#pragma omp simd
                for (size_t j = 0; j < width; ++j) result[j] = load<Number>(x, j);
              } else {
#pragma omp simd
                for (size_t j = 0; j < width; ++j) {
                  const Number value = load<Number>(x, j);
                  result[j] = value > result[j] || value != value ? value : result[j];  // keeps NaN
                }
              }
              isFirst = false;
            });
#pragma omp simd
            for (size_t j = 0; j < width; ++j) store(y, j, result[j]);
          });
    });
}

/// The windows that see row (or column) `at` of the image.
inline Span seeing(size_t at, size_t stride, size_t kernel, size_t before, size_t windows) {
  const size_t place = at + before, end = place / stride + 1;
  return {place < kernel ? 0 : (place - kernel) / stride + 1, end < windows ? end : windows};
}

/// The gradient of means of windows that may overlap: of each position, the sum over the windows that see it.
template <typename Number, typename Real>
void averageBackwardOf(const PoolRows<Real>& p) {
  constexpr size_t kWidth = kPanelWidth<Real>;
  const Windows& w = p.windows;
  for (size_t row = p.begin * w.positions(); row < p.end * w.positions(); ++row) {
    const size_t position = row % w.positions(), outputs = row / w.positions() * w.outputs();
    const Span rows = seeing(position / w.width, w.strideHeight, w.kernelHeight, w.top, w.outputHeight),
               columns = seeing(position % w.width, w.strideWidth, w.kernelWidth, w.left, w.outputWidth);
    forEachPanel<Real>(
        p.columns, [&](size_t column, size_t width) __attribute__((always_inline)) {
          LaneSums<Number, kWidth> of(width);
          for (size_t y = rows.begin; y < rows.end; ++y)
            for (size_t x = columns.begin; x < columns.end; ++x) {
              const Span high = seen(y, w.strideHeight, w.kernelHeight, w.top, w.height),
                         wide = seen(x, w.strideWidth, w.kernelWidth, w.left, w.width);
              const Number weight = Real(1) / static_cast<Real>((high.end - high.begin) * (wide.end - wide.begin));
              const Track<const Real> delta = at(p.delta, outputs + y * w.outputWidth + x, column);
              of.add([&](size_t j) __attribute__((always_inline)) { return load<Number>(delta, j) * weight; });
            }
          const Number(&sums)[kWidth] = of.sums();
          const Track<Real> inputGradient = at(p.inputGradient, row, column);
#pragma omp simd
          for (size_t j = 0; j < width; ++j) store(inputGradient, j, sums[j]);
        });
  }
}

/// Writes inputGradient if windows tile the image (kTile), also through a ReLU. Else adds to it, under max pooling; it
/// is zero at first. The gradient of a largest number goes to the first position of the window that has it.
template <typename Number, bool kTile, bool kThroughRelu, typename Real>
void poolBackwardOf(const PoolRows<Real>& p) {
  constexpr size_t kWidth = kPanelWidth<Real>;
  const size_t line = p.windows.kernelHeight * p.windows.width, below = line * p.inputGradient.rowStride,
               belowInput = line * p.input.rowStride;
  const auto add = [](const Track<Real>& to, size_t j, const Number& gradient, const Track<const Real>& input)
      __attribute__((always_inline)) {
    if constexpr (kThroughRelu)
      store(to, j, gradient * Relu::derivative(load<Number>(input, j)));
    else if constexpr (kTile)
      store(to, j, gradient);
    else
      store(to, j, load<Number>(constant(to), j) + gradient);
  };
  for (size_t example = p.begin; example < p.end; ++example)
    forEachWindow(p.windows, example, [&](size_t output, Span rows, Span columns, size_t first) {
      const Number weight = Real(1) / static_cast<Real>((rows.end - rows.begin) * (columns.end - columns.begin));
      forEachPanel<Real>(
          p.columns, [&](size_t column, size_t width) __attribute__((always_inline)) {
            Number left[kWidth];  // max: delta until a position has received it, then 0; average: delta / count
            Real largest[kWidth];
            const Track<const Real> delta = at(p.delta, output, column), y = constant(at(p.output, output, column));
#pragma omp simd
            for (size_t j = 0; j < width; ++j) {
              left[j] = p.pooling == Pooling::max ? load<Number>(delta, j) : load<Number>(delta, j) * weight;
              largest[j] = y.values[j];
            }
            for (size_t row = rows.begin; row < rows.end; ++row)
              for (size_t i = columns.begin; i < columns.end; ++i) {
                const size_t position = first + row * p.windows.width + i;
                const Track<Real> inputGradient = at(p.inputGradient, position, column);
                const Track<const Real> x = at(p.input, position, column);
                if constexpr (kTile) prefetchRow<1>(inputGradient.values + below);
                if constexpr (kThroughRelu) prefetchRow<0>(x.values + belowInput);
                if (p.pooling == Pooling::max) {
#pragma omp simd
                  for (size_t j = 0; j < width; ++j) {
                    const bool has = x.values[j] == largest[j];
                    add(inputGradient, j, has ? left[j] : Number(0), x);
                    left[j] = has ? Number(0) : left[j];
                  }
                } else {
#pragma omp simd
                  for (size_t j = 0; j < width; ++j) add(inputGradient, j, left[j], x);
                }
              }
          });
    });
}

template <typename Real>
void pool(const PoolRows<Real>& p) {
  onNumbers<Real>(p.output.data.tangents, [&]<typename Number>(Number) { poolOf<Number>(p); });
}
template <typename Real>
void poolBackward(const PoolRows<Real>& p) {
  onNumbers<Real>(p.delta.data.tangents, [&]<typename Number>(Number) {
    if (!p.windows.tile() && p.pooling == Pooling::average)
      averageBackwardOf<Number>(p);
    else if (!p.windows.tile())
      poolBackwardOf<Number, false, false>(p);
    else if (p.throughRelu)
      poolBackwardOf<Number, true, true>(p);
    else
      poolBackwardOf<Number, true, false>(p);
  });
}

}  // namespace
}  // namespace glissade
