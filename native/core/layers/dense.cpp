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
void Dense<Real>::forward(const Pass<Real>& pass) const {
  Product<Real> y{};
  y.rows = pass.rows.end;
  y.columns = outputs_;
  y.depth = inputs_ + 1;
  y.a = pass.memory.input;
  y.b = rowMajor(pass.table(), pass.parameters, outputs_);
  y.c = pass.memory.output;
  y.activation = activation_;
  y.preactivation = pass.memory.preactivation.panels().data;
  y.isFollowedByOne = !pass.memory.outputs.isEmpty();
  multiply(y, pass.table(), pass.member, pass.rows);
}

template <typename Real>
void Dense<Real>::backward(const Pass<Real>& pass, Activation below, LayerMemory<Real>& memoryBelow) const {
  Product<Real> dx{};
  dx.rows = pass.rows.end;
  dx.columns = inputs_;
  dx.depth = outputs_;
  dx.a = constant(pass.memory.delta.panels());
  dx.b = rowMajor(pass.table(), pass.parameters, outputs_);
  dx.bIsTransposed = true;
  dx.c = memoryBelow.delta.panels();
  dx.activation = below;
  dx.preactivation = memoryBelow.preactivation.panels().data;
  dx.output = memoryBelow.output.data;
  multiply(dx, pass.table(), pass.member, pass.rows);
}

template <typename Real>
void Dense<Real>::parameterGradient(const Kernels& kernels, LayerMemory<Real>& memory, size_t count, const Range& rows,
                                    Real* gradient) const {
  const KernelsOf<Real>& table = kernels.of<Real>();
  Product<Real> dw{};
  dw.rows = inputs_ + 1;
  dw.columns = outputs_;
  dw.depth = count;
  dw.a = memory.input;
  dw.aIsTransposed = true;
  dw.b = constant(memory.delta.panels());
  dw.c = rowMajor(table, gradient - rows.begin * outputs_, outputs_);
  table.multiply(dw, {rows.begin, rows.end, 0, ceilingOf(outputs_, table.panelWidth)});
}

template class Dense<float>;
template class Dense<double>;

}  // namespace glissade
