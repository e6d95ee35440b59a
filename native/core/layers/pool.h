#pragma once

#include "layers/rows.h"
#include "layers/windows.h"

namespace glissade {

/// The largest or the mean of each channel in windows over an image. What lies outside the image does not count.
template <typename Real>
class Pool : public Layer<Real> {
 public:
  /// @throws Error ERR_SHAPE where a window may see nothing of the image.
  Pool(const Shape& image, Pooling pooling, const Windows& windows);

  Shape outputs() const override { return shapeOf(windows_, image_.channels); }
  void forward(const Pass<Real>& pass) const override;
  void backward(const Pass<Real>& pass) const override;

 private:
  Shape image_;
  Pooling pooling_;
  Windows windows_;
};

}  // namespace glissade
