#include "layers/dense.h"

#include <cmath>

#include "matrix/product.h"

namespace glissade {

size_t ParameterShape::size() const {
  size_t size = 1;
  for (const size_t length : shape) size *= length;
  return size;
}

template <typename Real>
std::vector<ParameterShape> Dense<Real>::parameters() const {
  return {{"weight", {inputs_, outputs_}, true}, {"bias", {outputs_}, false}};
}

/// Uniform weights: of variance 2/inputs where the activation halves the signal (He et al. 2015), else of variance
/// 2/(inputs + outputs) (Glorot & Bengio 2010). Biases are zero.
template <typename Real>
void Dense<Real>::initialize(Random& random, Real* parameters) const {
  const bool halves = activation_ == Activation::relu || activation_ == Activation::gelu;
  const double limit = std::sqrt(6.0 / static_cast<double>(halves ? inputs_ : inputs_ + outputs_));
  const size_t weights = inputs_ * outputs_;
  for (size_t i = 0; i < weights; ++i) parameters[i] = static_cast<Real>(limit * (2 * random.uniform() - 1));
  for (size_t i = 0; i < outputs_; ++i) parameters[weights + i] = 0;
}

template <typename Real>
LayerMemory<Real> Dense<Real>::allocate(size_t rows, typename Layer<Real>::Use use) const {
  const bool training = use == Layer<Real>::Use::training;
  LayerMemory<Real> memory;
  memory.output = Buffer<Real>(rows * outputs_);
  memory.gradient = Buffer<Real>(rows * outputs_);
  memory.packed = Buffer<Real>(packedSize(inputs_, outputs_));
  if (training && activation_ == Activation::gelu) memory.preactivation = Buffer<Real>(rows * outputs_);
  if (training) memory.packedBack = Buffer<Real>(packedSize(outputs_, inputs_) + packedSize(rows, outputs_));
  return memory;
}

template <typename Real>
void Dense<Real>::forward(const Pass<Real>& pass) const {
  const KernelsOf<Real>& kernels = pass.kernels.template of<Real>();
  Product<Real> product{.rows = pass.rows, .columns = outputs_, .depth = inputs_, .a = pass.input, .aRowStride = inputs_, .aDepthStride = 1,
                        .b = nullptr, .panelStride = 0, .bDepthStride = 0, .c = pass.memory.output.data(), .cStride = outputs_};
  product.bias = pass.parameters + inputs_ * outputs_;
  product.activation = activation_;
  product.preactivation = pass.memory.preactivation.data();
  setB(product, kernels, pass.member, pass.parameters, outputs_, 1, pass.memory.packed.data());
  pass.member.barrier();
  multiply(product, kernels, pass.member);
  pass.member.barrier();
}

template <typename Real>
void Dense<Real>::backward(const Pass<Real>& pass, Real* parameterGradient, Real* inputGradient) const {
  const KernelsOf<Real>& kernels = pass.kernels.template of<Real>();
  LayerMemory<Real>& memory = pass.memory;
  Real* const gradient = memory.gradient.data();  // from here on that of the activation's argument

  if (activation_ != Activation::identity) {
    const Range part = pass.member.share(pass.rows * outputs_, 64);
    const Real* const preactivation = memory.preactivation.data();
    kernels.activationGradient(activation_, memory.output.data() + part.begin, preactivation ? preactivation + part.begin : nullptr,
                               gradient + part.begin, part.end - part.begin);
    pass.member.barrier();
  }

  Real* const packedWeights = memory.packedBack.data();
  Product<Real> forWeights{.rows = inputs_, .columns = outputs_, .depth = pass.rows, .a = pass.input, .aRowStride = 1, .aDepthStride = inputs_,
                           .b = nullptr, .panelStride = 0, .bDepthStride = 0, .c = parameterGradient, .cStride = outputs_};
  setB(forWeights, kernels, pass.member, gradient, outputs_, 1, packedWeights + packedSize(outputs_, inputs_));
  Product<Real> forInput{.rows = pass.rows, .columns = inputs_, .depth = outputs_, .a = gradient, .aRowStride = outputs_, .aDepthStride = 1,
                         .b = nullptr, .panelStride = 0, .bDepthStride = 0, .c = inputGradient, .cStride = inputs_};
  if (inputGradient) setB(forInput, kernels, pass.member, pass.parameters, 1, outputs_, packedWeights);
  pass.member.barrier();

  const Range columns = pass.member.share(outputs_, 64 / sizeof(Real));
  kernels.columnSums(gradient, pass.rows, outputs_, columns.begin, columns.end, parameterGradient + inputs_ * outputs_);
  multiply(forWeights, kernels, pass.member);
  if (inputGradient) multiply(forInput, kernels, pass.member);
  pass.member.barrier();
}

template class Dense<float>;
template class Dense<double>;

}  // namespace glissade
