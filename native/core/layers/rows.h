// Arguments of the layers' kernels. `begin` and `end` are a range of rows: examples, positions, rows of patches, or
// touched rows.
#pragma once

#include <cstddef>
#include <cstdint>

#include "arch/dual.h"
#include "math/activation.h"
#include "matrix/panels.h"

namespace glissade {

/// Columns of rows [begin, end) of `from`, copied or added to columns of the same rows of `to`.
template <typename Real>
struct ColumnRows {
  Panels<const Real> from;
  size_t fromColumn;
  Panels<Real> to;
  size_t toColumn, columns;
  size_t begin, end;
};

/// output ← activation(output), in place. Stores the argument in `preactivation` if that has memory.
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

/// Each element is multiplied by `scale` or by 0. A hash of the key and the element's index decides which.
template <typename Real>
struct DropoutRows {
  Panels<const Real> from;
  Panels<Real> to;
  uint32_t key[2];
  uint32_t threshold;  // the probability of 0, times 2³²
  Real scale;
  size_t columns, begin, end;
  size_t first;  // the index of row 0 among those of all ranks
};

/// A normalisation, forward or backward: of each row by itself, or of each column over a batch.
template <typename Real>
struct NormalizationRows {
  Flow<const Real> input;
  Track<const Real> weight, bias;
  Track<Real> mean, scale;  // of each row or column; scale = 1/√(variance + ε)
  Real epsilon;
  Flow<Real> output;
  Flow<const Real> delta;
  Flow<Real> inputGradient;  // the gradient with respect to the input; null if not wanted
  Track<Real> sums;          // two by column, over a block of rows; each kernel says which
  Real reciprocalRows;       // 1 / the number of rows of the batch; 0 if the statistics don't depend on it
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
  /// Whether each position of the image is in exactly one window.
  bool tile() const {
    return tile(height, kernelHeight, strideHeight, top, outputHeight) &&
           tile(width, kernelWidth, strideWidth, left, outputWidth);
  }

 private:
  static bool tile(size_t size, size_t kernel, size_t stride, size_t before, size_t outputs) {
    return (stride == kernel || outputs == 1) && before == 0 && outputs * kernel == size;
  }
};

/// im2col copies the images to rows [begin, end) of the patches. col2im adds these rows to the positions that they were
/// copied from. formulas/im2col.h shows the layout. patches.data points to row `begin`.
template <typename Real>
struct Im2colRows {
  Windows windows;
  size_t channels;
  size_t tapBegin, tapEnd;  // which positions of a window, of windows.taps()
  Panels<Real> image, patches;
  size_t begin, end;
};

/// A convolution of stride 1 in tiles of outputs, by Winograd's algorithm (layers/formulas/winograd.h). A range is one
/// of tiles, or of channels where weights are transformed. Matrix i of `points` begins at points.data + i·pointStride
/// and has a row for each tile from `begin` on.
template <typename Real>
struct WinogradRows {
  Windows windows;
  size_t columns;               // channels of `image`, or outputs of the weights
  Panels<Real> image;           // a row for each position or output; weights are row-major
  Panels<Real> points;          // with adjacent rows
  size_t pointStride;           // in numbers
  size_t pointBegin, pointEnd;  // which points are written
  size_t begin, end;
  size_t channels = 0;              // of the weights: how many rows a tap has
  size_t rowBegin = 0, rowEnd = 0;  // the rows of the weights' gradient that are written; `image` begins with the first
  const Real* bias = nullptr;       // added to outputs, unless null
  Panels<Real> transposed{};        // the transposed points of the weights, unless null
  size_t transposedStride = 0;
};

enum class Pooling { max, average };

/// Pooling of examples [begin, end), forward or backward.
template <typename Real>
struct PoolRows {
  Pooling pooling;
  Windows windows;
  Flow<const Real> input;
  Flow<Real> output;
  Flow<const Real> delta;
  Flow<Real> inputGradient;
  size_t columns, begin, end;
  bool throughRelu = false;  // the gradient is that with respect to the argument of a ReLU whose output is `input`
};

/// y = softmax(x) of each row, or the gradient with respect to x from delta.
template <typename Real>
struct SoftmaxRows {
  Flow<const Real> input;
  Flow<Real> output;
  Flow<const Real> delta;
  Flow<Real> inputGradient;
  size_t columns, begin, end;
};

/// Rows of the members of an ensemble. Each example has a row for each of its members; if `isShared`, `from` has one
/// for each example. The matrices begin with the first example's rows. `scale` and `bias` have the shape
/// [members, columns].
template <typename Real>
struct MemberRows {
  Flow<const Real> from;
  Flow<Real> to;
  Track<const Real> scale, bias;  // bias: null for none
  size_t members, columns, examples;
  bool isShared;
};

/// A member's part of the gradients for some rows and a panel of shared weights. `product` has adjacent rows of a
/// panel; rows of `weight` and `weightGradient` are `stride` numbers apart.
template <typename Real>
struct MemberGradient {
  Track<const Real> product, weight, r, s;           // from the first row and column on
  Track<Real> weightGradient, rGradient, sGradient;  // it is added to the first, and overwrites the others
  size_t rows, columns, stride;
};

enum class Measure { dot, cosine };

/// How similar rows [begin, end) of two matrices are, or the gradient with respect to `a`. `cosine`, `scaleA` and
/// `scaleB` have a number for each row.
template <typename Real>
struct SimilarityRows {
  Measure measure;
  Real epsilon;
  Flow<const Real> a, b;
  Track<Real> cosine, scaleA, scaleB;
  Flow<Real> output;
  Flow<const Real> delta;
  Flow<Real> gradient;
  size_t columns, begin, end;
};

/// y = x·W + b for examples [begin, end), where x is a row of a sparse table. Entry k of the table is values[k] (1 if
/// `values` is null) in column indices[k]. Row r has entries [offsets[r], offsets[r + 1]).
template <typename Real>
struct SparseRows {
  const uint64_t* offsets;
  const uint32_t* indices;
  const float* values;
  const float* rests;    // the rounding errors of float32 values, added in networks of float64; or null
  const uint32_t* rows;  // of the table, by example
  Track<const Real> weight, bias;
  Flow<Real> output;
  size_t columns, begin, end;
};

/// The gradient with respect to touched rows [begin, end) of a matrix: Σ weight·δ over the entries of each row. δ is
/// columns [first, first + columns) of a position's delta.
template <typename Real>
struct TouchedGradient {
  const uint32_t* begins;
  const uint32_t* entries;  // pairs: a position, and the bits of a weight
  Flow<const Real> delta;
  size_t first, columns;
  Track<Real> gradient;  // row-major, from touched row `begin` on
  size_t begin, end;
};

/// Scores that rows have chosen: row i has chosen the rows chosen[i · most + k] of the weights, for k < counts[i].
/// Their scores and deltas are in the columns from `first` on. `input` is row-major.
template <typename Real>
struct ChosenRows {
  const uint32_t *chosen, *counts;
  size_t most, first, inputs;
  Track<const Real> input, weight, bias;
  Flow<Real> output;  // scores; `beyond` for k ≥ counts[i]
  Real beyond;
  Flow<const Real> delta;    // the gradient with respect to scores
  Flow<Real> inputGradient;  // Σ delta · weight, added to what is there if `adds`
  bool adds;
  size_t begin, end;
};

/// The gradient with respect to rows of weights or to biases: sums of coefficients, times rows of `input` for weights.
/// Position i · most + k of an entry has the coefficient of that index, and row i of `input`.
template <typename Real>
struct ChosenGradient {
  const uint32_t *begins, *entries;  // as in TouchedGradient
  size_t most, inputs;
  Track<const Real> coefficients, input;  // row-major
  Track<Real> gradient;                   // row-major, from touched row `begin` on
  size_t begin, end;
};

/// The decisions of a binary tree over classes. Decision n leads to children[2n] with the probability σ(score), else to
/// children[2n + 1]: to another decision, which is greater than n, or to class c where it is decisions + c.
template <typename Real>
struct TreeRows {
  const uint32_t* children;
  size_t decisions;
  Flow<const Real> scores;
  Flow<Real> output;       // by class: the logarithm of its probability
  Flow<const Real> delta;  // with respect to the output
  Flow<Real> scoreGradient;
  Track<Real> scratch;  // three numbers for each decision
  size_t begin, end;
};

}  // namespace glissade
