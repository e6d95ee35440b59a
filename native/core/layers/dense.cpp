#include "layers/dense.h"

#include <cmath>

#include "matrix/product.h"

namespace glissade {

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
  using Use = typename Layer<Real>::Use;
  const bool packs = !isReadInPlace(rowMajor<Real>(nullptr, outputs_));
  LayerMemory<Real> memory;
  memory.output = Buffer<Real>(rows * outputs_);
  memory.gradient = Buffer<Real>(rows * outputs_);
  if (packs) memory.packed = Buffer<Real>(packedSize(inputs_, outputs_));
  if (use == Use::forward) return memory;

  if (activation_ == Activation::gelu) memory.preactivation = Buffer<Real>(rows * outputs_);
  if (packs) memory.packedGradient = Buffer<Real>(packedSize(rows, outputs_));
  if (use != Use::trainingFirst) memory.packedTranspose = Buffer<Real>(packedSize(outputs_, inputs_));
  return memory;
}

template <typename Real>
void Dense<Real>::forward(const Pass<Real>& pass) const {
  const KernelsOf<Real>& kernels = pass.kernels.template of<Real>();
  LayerMemory<Real>& memory = pass.memory;
  const Matrix<Real> x = rowMajor(pass.input, inputs_), w = rowMajor(pass.parameters, outputs_);

  Product<Real> y = productOf(x, pass.rows, inputs_, outputs_, memory.output.data());
  y.bias = pass.parameters + inputs_ * outputs_;
  y.activation = activation_;
  y.preactivation = memory.preactivation.data();
  setB(y, kernels, pass.member, w, memory.packed.data());
  if (memory.packed.size() > 0) pass.member.barrier();
  multiply(y, kernels, pass.member);
  pass.member.barrier();
}

template <typename Real>
void Dense<Real>::backward(const Pass<Real>& pass, Real* parameterGradient, Real* inputGradient) const {
  const KernelsOf<Real>& kernels = pass.kernels.template of<Real>();
  LayerMemory<Real>& memory = pass.memory;
  Real* const delta = memory.gradient.data();  // from here on with respect to the activation's argument

  if (activation_ != Activation::identity) {
    const Range part = pass.member.share(pass.rows * outputs_, 64);
    const Real* const preactivation = memory.preactivation.data();
    kernels.activationGradient(activation_, memory.output.data() + part.begin,
                               preactivation ? preactivation + part.begin : nullptr, delta + part.begin,
                               part.end - part.begin);
    pass.member.barrier();
  }

  const Matrix<Real> x = rowMajor(pass.input, inputs_), w = rowMajor(pass.parameters, outputs_),
                     d = rowMajor<Real>(delta, outputs_);
  Product<Real> dw = productOf(x.transposed(), inputs_, pass.rows, outputs_, parameterGradient);
  Product<Real> dx = productOf(d, pass.rows, outputs_, inputs_, inputGradient);
  setB(dw, kernels, pass.member, d, memory.packedGradient.data());
  if (inputGradient) setB(dx, kernels, pass.member, w.transposed(), memory.packedTranspose.data());
  pass.member.barrier();

  const Range columns = pass.member.share(outputs_, 64 / sizeof(Real));
  kernels.columnSums(delta, pass.rows, outputs_, columns.begin, columns.end, parameterGradient + inputs_ * outputs_);
  multiply(dw, kernels, pass.member);
  if (inputGradient) multiply(dx, kernels, pass.member);
  pass.member.barrier();
}

template class Dense<float>;
template class Dense<double>;

}  // namespace glissade
