#pragma once

#include "layers/layer.h"

namespace glissade {

enum class Joining { sum, concatenate };

/// y = activation(z), where z is the sum of several inputs of one shape, as after a residual block (He et al. 2016), or
/// has their channels side by side.
template <typename Real>
class Join : public Layer<Real> {
 public:
  Join(std::vector<Shape> shapes, Joining joining, Activation activation);

  Shape outputs() const override { return shape_; }
  Activation activation() const override { return activation_; }
  bool readsInputsAgain() const override { return false; }
  void forward(const Pass<Real>& pass) const override;
  void backward(const Pass<Real>& pass) const override;

 private:
  /// The output's channel at which an input's channels begin.
  size_t firstChannel(size_t input) const { return joining_ == Joining::sum ? 0 : offsets_[input]; }

  std::vector<Shape> shapes_;
  std::vector<size_t> offsets_;  // channels of the inputs before each
  Shape shape_;
  Joining joining_;
  Activation activation_;
};

}  // namespace glissade
