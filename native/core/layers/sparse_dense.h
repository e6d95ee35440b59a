#pragma once

#include "layers/dense_parameters.h"

namespace glissade {

/// A dense layer over sparse inputs: y = activation(x·W + b). A minibatch reads only the rows of W that it touches, and
/// only these have a gradient.
template <typename Real>
class SparseDense : public Layer<Real> {
 public:
  SparseDense(size_t inputs, const DenseOptions& options) : inputs_(inputs), options_(options) {}

  Shape outputs() const override { return {1, 1, options_.outputs}; }
  Activation activation() const override { return options_.activation; }
  std::vector<Tensor> tensors() const override { return tensorsOfDense(inputs_, options_); }
  void initialize(Random& random, Real* parameters) const override;
  std::vector<ParameterMatrix> matrices() const override;
  bool computesIn(Precision) const override { return true; }
  void forward(const Pass<Real>& pass) const override;
  void backward(const Pass<Real>&) const override {}
  void parameterGradient(const Pass<Real>& pass, const MatrixRows& block, const Track<Real>& gradient) const override;
  void touch(const LayerMemory<Real>& memory, size_t count, size_t matrix, TouchedRows& touched) const override;
  void touchedGradient(const Pass<Real>& pass, const MatrixRows& touched, const Track<Real>& gradient) const override;

 private:
  size_t inputs_;
  DenseOptions options_;
};

}  // namespace glissade
