#pragma once

#include "layers/layer.h"

namespace glissade {

/// Outputs are the image's channels, position by position.
template <typename Real>
class Flatten : public Layer<Real> {
 public:
  explicit Flatten(const Shape& shape) : shape_(shape) {}

  Shape outputs() const override { return {1, 1, shape_.size()}; }
  bool readsInputsAgain() const override { return false; }
  void forward(const Pass<Real>& pass) const override;
  void backward(const Pass<Real>& pass) const override;

 private:
  Shape shape_;
};

}  // namespace glissade
