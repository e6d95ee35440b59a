#pragma once

#include <type_traits>

#include "layers/initializer.h"
#include "layers/layer.h"

namespace glissade {

struct DenseOptions {
  size_t outputs;
  Activation activation = Activation::identity;
  bool bias = true;
  Initializer initializer = Initializer::automatic;
};

/// The weight, of shape [inputs, outputs], and the bias, of shape [outputs], if there is one.
std::vector<Tensor> tensorsOfDense(size_t inputs, const DenseOptions& options);

/// Fills the weights by options.initializer and the biases, which follow them in memory, with 0.
template <typename Real>
void initializeDense(size_t inputs, const DenseOptions& options, Random& random, Real* parameters);

/// y = activation(x·W + b), W of shape [inputs, outputs]. In memory b is the row after W, and each row of inputs
/// ends in a 1.
template <typename Real>
class Dense : public Layer<Real> {
 public:
  /// @throws Error ERR_SHAPE for an image.
  Dense(const Shape& inputs, const DenseOptions& options);

  Shape outputs() const override { return {1, 1, options_.outputs}; }
  Activation activation() const override { return options_.activation; }
  std::vector<Tensor> tensors() const override { return tensorsOfDense(inputs_, options_); }
  void initialize(Random& random, Real* parameters) const override;
  std::vector<ParameterMatrix> matrices() const override { return {{rows(), options_.outputs}}; }
  bool computesIn(Precision precision) const override {
    return precision == Precision::full || std::is_same_v<Real, float>;
  }
  void allocate(const typename Layer<Real>::Room& room, LayerMemory<Real>& memory) const override;
  void setTeamSize(size_t members, const Kernels& kernels, Tangents tangents, LayerMemory<Real>& memory) const override;
  void refresh(const Kernels& kernels, LayerMemory<Real>& memory, const Range& rows,
               const Real* parameters) const override;
  void forward(const Pass<Real>& pass) const override;
  void backward(const Pass<Real>& pass) const override;
  void parameterGradient(const Pass<Real>& pass, const typename Layer<Real>::MatrixRows& block,
                         const Track<Real>& gradient) const override;
  bool boundsGradient() const override { return true; }

 private:
  size_t rows() const { return inputs_ + (options_.bias ? 1 : 0); }
  void forwardByOwners(const FlowProduct<Real>& outputs, const Pass<Real>& pass) const;
  template <typename Element>
  void multiplyByOwners(const Product<Real, Element>& inputGradient, const Pass<Real>& pass) const;
  Flow<const Real> weights(const Pass<Real>& pass) const {
    return {pass.parameters, pass.table().panelWidth, options_.outputs};
  }

  size_t inputs_;
  DenseOptions options_;
};

}  // namespace glissade
