#pragma once

#include "layers/layer.h"
#include "layers/row_blocks.h"
#include "layers/rows.h"

namespace glissade {

/// y = activation(x̂ ⊙ weight + bias) with x̂ = (x − mean)/√(variance + ε), mean and variance over the channels of each
/// position of each example (Ba, Kiros & Hinton 2016, arXiv:1607.06450).
template <typename Real>
class LayerNorm : public Layer<Real> {
 public:
  LayerNorm(const Shape& shape, double epsilon, Activation activation)
      : shape_(shape), epsilon_(epsilon), activation_(activation), blocks_(shape) {}

  Shape outputs() const override { return shape_; }
  Activation activation() const override { return activation_; }
  std::vector<Tensor> tensors() const override;
  void initialize(Random& random, Real* parameters) const override;
  std::vector<ParameterMatrix> matrices() const override { return {{2, shape_.channels}}; }
  bool computesIn(Precision) const override { return true; }
  void allocate(const typename Layer<Real>::Room& room, LayerMemory<Real>& memory) const override;
  void forward(const Pass<Real>& pass) const override;
  void backward(const Pass<Real>& pass) const override;
  void parameterGradient(const Pass<Real>& pass, const typename Layer<Real>::MatrixRows& block,
                         const Track<Real>& gradient) const override;

 private:
  NormalizationRows<Real> describe(const Pass<Real>& pass) const;
  Track<Real> sums(const Pass<Real>& pass) const;

  Shape shape_;
  double epsilon_;
  Activation activation_;
  RowBlocks blocks_;
};

}  // namespace glissade
