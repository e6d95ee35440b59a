#pragma once

#include "layers/layer.h"

namespace glissade {

/// In training, each number becomes 0 with probability `rate` and is multiplied by 1/(1 − rate) otherwise (Srivastava
/// et al. 2014). In evaluation, outputs are the inputs.
template <typename Real>
class Dropout : public Layer<Real> {
 public:
  Dropout(const Shape& shape, double rate) : shape_(shape), rate_(rate) {}

  Shape outputs() const override { return shape_; }
  bool readsInputsAgain() const override { return false; }
  void forward(const Pass<Real>& pass) const override;
  void backward(const Pass<Real>& pass) const override;

 private:
  void dropout(const Pass<Real>& pass, const Flow<const Real>& from, const Flow<Real>& to) const;

  Shape shape_;
  double rate_;
};

}  // namespace glissade
