#pragma once

#include "layers/rows.h"
#include "layers/windows.h"

namespace glissade {

/// The maximum or the mean of each channel in windows over an image. Positions outside the image do not count.
template <typename Real>
class Pool : public Layer<Real> {
 public:
  /// @throws Error ERR_SHAPE if the padding is so large that a window may lie outside the image.
  Pool(const Shape& image, Pooling pooling, const Windows& windows);

  Shape outputs() const override { return shapeOf(windows_, image_.channels); }
  bool readsInputsAgain() const override { return pooling_ == Pooling::max; }
  bool readsOutputsAgain() const override { return pooling_ == Pooling::max; }
  void forward(const Pass<Real>& pass) const override;
  void backward(const Pass<Real>& pass) const override;

 private:
  Shape image_;
  Pooling pooling_;
  Windows windows_;
};

}  // namespace glissade
