#pragma once

#include "layers/layer.h"
#include "layers/row_blocks.h"
#include "layers/rows.h"

namespace glissade {

/// What a layer norm keeps: of each row the mean and the scale; two sums by channel for each block of rows.
template <typename Real>
struct LayerNormMemory : LayerMemory<Real> {
  Track<Real> mean{}, scale{}, sums{};
  Buffer<std::byte> saved;  // the memory of these
};

/// y = activation(x̂ ⊙ weight + bias) with x̂ = (x − mean)/√(variance + ε), mean and variance over the channels of each
/// position of each example (Ba, Kiros & Hinton 2016, arXiv:1607.06450).
template <typename Real>
class LayerNorm : public LayerWith<Real, LayerNormMemory<Real>> {
 public:
  LayerNorm(const Shape& shape, double epsilon, Activation activation)
      : shape_(shape), epsilon_(epsilon), activation_(activation), blocks_(shape) {}

  Shape outputs() const override { return shape_; }
  Activation activation() const override { return activation_; }
  std::vector<Tensor> tensors() const override;
  void initialize(Random& random, Real* parameters) const override;
  std::vector<ParameterMatrix> matrices() const override { return {{2, shape_.channels}}; }
  bool computesIn(Precision) const override { return true; }
  std::unique_ptr<LayerMemory<Real>> allocate(const Room<Real>& room) const override;
  void forward(const Pass<Real>& pass) const override;
  void backward(const Pass<Real>& pass) const override;
  void parameterGradient(const Pass<Real>& pass, const MatrixRows& block, const Track<Real>& gradient) const override;

 private:
  using LayerWith<Real, LayerNormMemory<Real>>::own;

  NormalizationRows<Real> describe(const Pass<Real>& pass) const;

  Shape shape_;
  double epsilon_;
  Activation activation_;
  RowBlocks blocks_;
};

}  // namespace glissade
