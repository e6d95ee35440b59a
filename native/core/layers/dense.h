#pragma once

#include "layers/layer.h"

namespace glissade {

/// y = activation(x·W + b), W of shape [inputs, outputs].
template <typename Real>
class Dense : public Layer<Real> {
 public:
  Dense(size_t inputs, size_t outputs, Activation activation)
      : inputs_(inputs), outputs_(outputs), activation_(activation) {}

  size_t inputs() const override { return inputs_; }
  size_t outputs() const override { return outputs_; }
  std::vector<ParameterShape> parameters() const override;
  void initialize(Random& random, Real* parameters) const override;
  LayerMemory<Real> allocate(size_t rows, typename Layer<Real>::Use use) const override;
  void forward(const Pass<Real>& pass) const override;
  void backward(const Pass<Real>& pass, Real* parameterGradient, Real* inputGradient) const override;

 private:
  size_t inputs_, outputs_;
  Activation activation_;
};

}  // namespace glissade
