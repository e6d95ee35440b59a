#pragma once

#include "layers/layer.h"

namespace glissade {

/// y_j = exp(x_j) / Σ_k exp(x_k)
template <typename Real>
class Softmax : public Layer<Real> {
 public:
  explicit Softmax(const Shape& shape) : shape_(shape) {}

  Shape outputs() const override { return shape_; }
  bool readsInputsAgain() const override { return false; }
  bool readsOutputsAgain() const override { return true; }
  void forward(const Pass<Real>& pass) const override;
  void backward(const Pass<Real>& pass) const override;

 private:
  Shape shape_;
};

}  // namespace glissade
