// What the table's kernels of layers are told: rows of a minibatch, or of its images' positions.
#pragma once

#include <cstddef>
#include <cstdint>

#include "arch/dual.h"
#include "math/activation.h"
#include "matrix/panels.h"

namespace glissade {

/// Columns of some rows of a matrix, copied or added to those of another.
template <typename Real>
struct ColumnRows {
  Panels<const Real> from;
  size_t fromColumn;
  Panels<Real> to;
  size_t toColumn, columns;
  size_t begin, end;
};

/// An activation over rows: of `output`, in place, its argument stored in `argument` where that has memory.
template <typename Real>
struct ActivationRows {
  Activation activation;
  Flow<Real> output, preactivation;
  size_t columns, begin, end;
};

/// gradient ← gradient ⊙ activation′
template <typename Real>
struct ActivationBackwardRows {
  Activation activation;
  Flow<const Real> output, preactivation;
  Flow<Real> gradient;
  size_t columns, begin, end;
};

/// Elements, each kept and multiplied with `scale`, or made 0: that is decided by the key and by which one it is.
template <typename Real>
struct DropoutRows {
  Panels<const Real> from;
  Panels<Real> to;
  uint32_t key[2];
  uint32_t threshold;  // the share that is dropped, of 2³²
  Real scale;
  size_t columns, begin, end;
};

/// A normalisation over rows, forward or back: each of rows, or each column of a batch.
template <typename Real>
struct NormalizationRows {
  Flow<const Real> input;
  Track<const Real> weight, bias;
  Track<Real> mean, scale;  // of each row or column; scale = 1/√(variance + ε)
  Real epsilon;
  Flow<Real> output;
  Flow<const Real> delta;
  Flow<Real> inputGradient;  // the gradient with respect to the input, where that is wanted
  Track<Real> sums;          // over a block of rows, by column: what a function says
  Real reciprocalRows;       // 1 / the number of rows behind the statistics; 0 where these are given
  size_t columns, begin, end;
};

/// How windows move over an image.
struct Windows {
  size_t height, width;  // of the image
  size_t kernelHeight, kernelWidth, strideHeight, strideWidth;
  size_t top, left;  // how far the first window begins outside the image
  size_t outputHeight, outputWidth;

  size_t taps() const { return kernelHeight * kernelWidth; }
  size_t positions() const { return height * width; }
  size_t outputs() const { return outputHeight * outputWidth; }
  /// Whether each place of the image is in one window.
  bool tile() const {
    return strideHeight == kernelHeight && strideWidth == kernelWidth && top == 0 && left == 0 &&
           outputHeight * strideHeight == height && outputWidth * strideWidth == width;
  }
};

/// Rows [begin, end) of the matrix whose rows are what the windows of all images see, row `begin` first; or the way
/// back, where a row is added to the places that it was read from.
template <typename Real>
struct Im2colRows {
  Windows windows;
  size_t channels;
  size_t tapBegin, tapEnd;  // which places of a window
  Panels<Real> image, patches;
  size_t begin, end;
};

enum class Pooling { max, average };

/// Examples [begin, end), forward or back.
template <typename Real>
struct PoolRows {
  Pooling pooling;
  Windows windows;
  Flow<const Real> input;
  Flow<Real> output;
  Flow<const Real> delta;
  Flow<Real> inputGradient;
  size_t columns, begin, end;
};

/// y = softmax(x) of rows, or the way back from delta.
template <typename Real>
struct SoftmaxRows {
  Flow<const Real> input;
  Flow<Real> output;
  Flow<const Real> delta;
  Flow<Real> inputGradient;
  size_t columns, begin, end;
};

/// y = x·W + b for examples [begin, end), whose x are rows of a sparse table: entry k is `values[k]` (or 1) in column
/// `indices[k]`.
template <typename Real>
struct SparseRows {
  const uint64_t* offsets;
  const uint32_t* indices;
  const float* values;
  const float* rests;    // which doubles have room for
  const uint32_t* rows;  // of the table, by example
  Track<const Real> weight, bias;
  Flow<Real> output;
  size_t columns, begin, end;
};

/// The gradient with respect to touched rows [begin, end) of a matrix: Σ weight·δ over the entries of each, where δ are
/// `columns` numbers of an example, from column `first` on.
template <typename Real>
struct TouchedGradient {
  const uint32_t* begins;
  const uint32_t* entries;  // pairs: an example, and the bits of a weight
  Flow<const Real> delta;
  size_t first, columns;
  Track<Real> gradient;  // of row `begin` first
  size_t begin, end;
};

/// What an example touches of a linear model is brought together in arrays that are a multiple of this long.
inline constexpr size_t kLinearPadding = 32;

}  // namespace glissade
