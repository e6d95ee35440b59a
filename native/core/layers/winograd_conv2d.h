#pragma once

#include <memory>
#include <vector>

#include "layers/conv2d.h"

namespace glissade {

/// Matrices in panels, one for each point, with the same rounded where products are in bfloat16.
template <typename Real>
struct WinogradPoints {
  Flow<Real> first{};
  size_t stride = 0;
  std::vector<RoundedMatrix<Real>> rounded{};

  Flow<Real> operator[](size_t i) const { return {first.data + i * stride, first.panelStride, first.rowStride}; }
  /// The matrix of a point as a factor of products.
  Operand<Real> factor(size_t i, size_t rows, size_t columns) const {
    return (rounded.empty() ? RoundedMatrix<Real>() : rounded[i]).of(constant((*this)[i]), rows, columns);
  }
};

/// What the layer keeps: points of its weights and, for training, of their transposes and of their gradient.
template <typename Real>
struct WinogradMemory : ConvolutionMemory<Real> {
  WinogradPoints<Real> weights, transposed, gradient;
  Track<Real> biasGradient{}, biasPart{};
  Buffer<std::byte> points;  // the memory of all these
};

/// A convolution of 3 × 3 or 5 × 5 positions with stride 1 by Winograd's algorithm (layers/formulas/winograd.h), which
/// multiplies less than half as often as sums of products do. Images are divided into tiles of 2 × 2 outputs.
///
/// Forward and the gradient with respect to the image go through some lines of tiles at a time, whose points stay in
/// the second-level cache. In the gradient of weights a member has some of the points, and adds all examples to them.
template <typename Real>
class WinogradConv2d : public Conv2d<Real> {
 public:
  using Conv2d<Real>::Conv2d;
  /// Whether the algorithm pays: there must be enough channels for the products to outweigh the transforms, and enough
  /// tiles in an image to outweigh the transform of weights.
  static bool suits(const Shape& image, const Windows& windows, size_t channels);

  /// The sums are those of backward().
  size_t gradientPositions() const override { return 1; }
  std::unique_ptr<LayerMemory<Real>> allocate(const Room<Real>& room) const override;
  size_t scratchSize(const Room<Real>& room) const override;
  /// forward() rounds the points of weights.
  void refresh(const Kernels&, LayerMemory<Real>&, const MatrixRows&, const Real*) const override {}
  void forward(const Pass<Real>& pass) const override;
  void backward(const Pass<Real>& pass) const override;
  void parameterGradient(const Pass<Real>& pass, const MatrixRows& block, const Track<Real>& gradient) const override;
};

/// A convolution by the algorithm that suits its shapes.
template <typename Real>
std::unique_ptr<Layer<Real>> conv2dOf(const Shape& image, const Windows& windows, const Conv2dOptions& options) {
  if (WinogradConv2d<Real>::suits(image, windows, options.channels))
    return std::make_unique<WinogradConv2d<Real>>(image, windows, options);
  return std::make_unique<Conv2d<Real>>(image, windows, options);
}

}  // namespace glissade
