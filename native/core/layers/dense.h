#pragma once

#include <type_traits>

#include "layers/affine.h"
#include "layers/dense_parameters.h"

namespace glissade {

template <typename Real>
struct DenseMemory : LayerMemory<Real> {
  AffineMemory<Real> affine;
};

/// y = activation(x·W + b) at each position.
template <typename Real>
class Dense : public LayerWith<Real, DenseMemory<Real>> {
 public:
  Dense(const Shape& inputs, const DenseOptions& options)
      : shape_(inputs), options_(options), affine_(inputs, options.outputs, options.bias) {}

  Shape outputs() const override { return {shape_.height, shape_.width, options_.outputs}; }
  Activation activation() const override { return options_.activation; }
  std::vector<Tensor> tensors() const override { return tensorsOfDense(shape_.channels, options_); }
  void initialize(Random& random, Real* parameters) const override {
    initializeDense(shape_.channels, options_, random, parameters);
  }
  std::vector<ParameterMatrix> matrices() const override { return {affine_.matrix()}; }
  bool computesIn(Precision precision) const override {
    return precision == Precision::full || std::is_same_v<Real, float>;
  }
  bool readsOnes() const override { return true; }
  bool writesOnes() const override { return true; }
  std::unique_ptr<LayerMemory<Real>> allocate(const Room<Real>& room) const override;
  void divide(size_t members, const Kernels& kernels, LayerMemory<Real>& memory) const override;
  const Panels<Pair>* gathersPairs(LayerMemory<Real>& memory) const override;
  void refresh(const Kernels& kernels, LayerMemory<Real>& memory, const MatrixRows& changed,
               const Real* parameters) const override {
    affine_.refresh(kernels, changed.rows, parameters, own(memory).affine);
  }
  void forward(const Pass<Real>& pass) const override;
  void backward(const Pass<Real>& pass) const override;
  void parameterGradient(const Pass<Real>& pass, const MatrixRows& block, const Track<Real>& gradient) const override;
  bool boundsGradient() const override { return true; }

 private:
  using LayerWith<Real, DenseMemory<Real>>::own;

  Shape shape_;  // of the inputs
  DenseOptions options_;
  Affine<Real> affine_;
};

}  // namespace glissade
