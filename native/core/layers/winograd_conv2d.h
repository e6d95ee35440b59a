#pragma once

#include <memory>

#include "layers/conv2d.h"

namespace glissade {

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
  void allocate(const typename Layer<Real>::Room& room, LayerMemory<Real>& memory) const override;
  void setTeamSize(size_t members, const Kernels& kernels, Tangents tangents, LayerMemory<Real>& memory) const override;
  /// forward() rounds the points of weights.
  void refresh(const Kernels&, LayerMemory<Real>&, const Range&, const Real*) const override {}
  void forward(const Pass<Real>& pass) const override;
  void backward(const Pass<Real>& pass) const override;
  void parameterGradient(const Pass<Real>& pass, const typename Layer<Real>::MatrixRows& block,
                         const Track<Real>& gradient) const override;
};

/// A convolution by the algorithm that suits its shapes.
template <typename Real>
std::unique_ptr<Layer<Real>> conv2dOf(const Shape& image, const Windows& windows, const Conv2dOptions& options) {
  if (WinogradConv2d<Real>::suits(image, windows, options.channels))
    return std::make_unique<WinogradConv2d<Real>>(image, windows, options);
  return std::make_unique<Conv2d<Real>>(image, windows, options);
}

}  // namespace glissade
