#pragma once

#include "layers/layer.h"

namespace glissade {

enum class Joining { sum, concatenate };

/// y = activation(the sum of several inputs of one shape), as behind a residual block (He et al. 2016), or of their
/// channels side by side.
template <typename Real>
class Join : public Layer<Real> {
 public:
  Join(std::vector<Shape> shapes, Joining joining, Activation activation);

  Shape outputs() const override { return shape_; }
  Activation activation() const override { return activation_; }
  void forward(const Pass<Real>& pass) const override;
  void backward(const Pass<Real>& pass) const override;

 private:
  /// Where the channels of an input begin among those of the output.
  size_t place(size_t input) const { return joining_ == Joining::sum ? 0 : places_[input]; }

  std::vector<Shape> shapes_;
  std::vector<size_t> places_;
  Shape shape_;
  Joining joining_;
  Activation activation_;
};

}  // namespace glissade
