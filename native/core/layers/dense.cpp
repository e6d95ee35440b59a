#include "layers/dense.h"

#include <algorithm>
#include <cmath>
#include <type_traits>

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
PairMemory Dense<Real>::allocatePairs(size_t width, size_t rows, Use use) const {
  const auto buffer = [&](size_t rows, size_t columns) { return PanelBuffer<Pair>(width, rows, columns); };
  const auto depthOf = [](size_t terms) { return ceilingOf(ceilingOf(terms, 2), kDepthGrain) * kDepthGrain; };
  PairMemory pairs;
  pairs.inputColumns = buffer(rows, depthOf(inputs_ + 1));
  pairs.weightRows = buffer(depthOf(inputs_ + 1), outputs_);
  if (use == Use::forward) return pairs;

  pairs.inputRows = buffer(depthOf(rows), inputs_ + 1);
  pairs.deltaRows = buffer(depthOf(rows), outputs_);
  pairs.deltaColumns = buffer(rows, depthOf(outputs_));
  pairs.weightColumns = buffer(inputs_, depthOf(outputs_));
  return pairs;
}

template <typename Real>
void Dense<Real>::refresh(const Kernels& kernels, LayerMemory<Real>& memory, const Range& rows,
                          const Real* parameters) const {
  if constexpr (std::is_same_v<Real, float>) {
    PairMemory& pairs = memory.pairs;
    if (pairs.weightRows.isEmpty()) return;
    const Panels<const float> w = rowMajor(kernels.float32, parameters, outputs_);
    kernels.bfloat16.pairRows(w, inputs_ + 1, outputs_, rows.begin / 2, ceilingOf(rows.end, 2),
                              pairs.weightRows.panels());
    if (pairs.weightColumns.isEmpty()) return;
    kernels.bfloat16.pairColumns(w, outputs_, rows.begin, std::min(rows.end, inputs_), pairs.weightColumns.panels());
  }
}

template <typename Real>
void Dense<Real>::forward(const Pass<Real>& pass) const {
  LayerMemory<Real>& memory = pass.memory;
  if constexpr (std::is_same_v<Real, float>) {
    PairMemory& pairs = memory.pairs;
    if (!pairs.inputColumns.isEmpty()) {
      const Bfloat16Kernels& table = pass.kernels.bfloat16;
      table.pairColumns(memory.input, inputs_ + 1, pass.share.begin, pass.share.end, pairs.inputColumns.panels());
      if (!pairs.inputRows.isEmpty()) {
        table.pairRows(memory.input, pass.share.end, inputs_ + 1, pass.share.begin / 2, ceilingOf(pass.share.end, 2),
                       pairs.inputRows.panels());
      }
      pass.member.barrier();
      return forward(pass, constant(pairs.inputColumns.panels()), constant(pairs.weightRows.panels()),
                     ceilingOf(inputs_ + 1, 2));
    }
  }
  forward(pass, memory.input, rowMajor(pass.kernels.template of<Real>(), pass.parameters, outputs_), inputs_ + 1);
}

template <typename Real>
template <typename Element>
void Dense<Real>::forward(const Pass<Real>& pass, const Panels<const Element>& x, const Panels<const Element>& w,
                          size_t depth) const {
  Product<Real, Element> y{};
  y.columns = outputs_;
  y.depth = depth;
  y.a = x;
  y.b = w;
  y.c = pass.output;
  y.activation = activation_;
  y.preactivation = pass.memory.preactivation.panels().data;
  y.isFollowedByOne = !pass.memory.outputs.isEmpty();
  multiply(y, pass.kernels, pass.member, pass.count);
}

template <typename Real>
void Dense<Real>::backward(const Pass<Real>& pass, const typename Layer<Real>::Below* below) const {
  LayerMemory<Real>& memory = pass.memory;
  const Panels<const Real> delta = constant(memory.delta.panels());
  if constexpr (std::is_same_v<Real, float>) {
    PairMemory& pairs = memory.pairs;
    if (!pairs.deltaRows.isEmpty()) {
      const Bfloat16Kernels& table = pass.kernels.bfloat16;
      const size_t end = ceilingOf(pass.share.end, 2);
      table.pairRows(delta, pass.share.end, outputs_, pass.share.begin / 2, end, pairs.deltaRows.panels());
      if (pass.share.end == pass.count) pairs.deltaRows.clear({end, ceilingOf(end, kDepthGrain) * kDepthGrain});
      if (!below) return;
      table.pairColumns(delta, outputs_, pass.share.begin, pass.share.end, pairs.deltaColumns.panels());
      pass.member.barrier();
      return backward(pass, *below, constant(pairs.deltaColumns.panels()), constant(pairs.weightColumns.panels()),
                      ceilingOf(outputs_, 2));
    }
  }
  if (below)
    backward(pass, *below, delta, rowMajor(pass.kernels.template of<Real>(), pass.parameters, outputs_), outputs_);
}

template <typename Real>
template <typename Element>
void Dense<Real>::backward(const Pass<Real>& pass, const typename Layer<Real>::Below& below,
                           const Panels<const Element>& delta, const Panels<const Element>& w, size_t depth) const {
  Product<Real, Element> dx{};
  dx.columns = inputs_;
  dx.depth = depth;
  dx.a = delta;
  dx.b = w;
  dx.bIsTransposed = true;
  dx.c = below.memory.delta.panels();
  dx.activation = below.activation;
  dx.preactivation = below.memory.preactivation.panels().data;
  dx.output = below.memory.outputs.panels().data;
  multiply(dx, pass.kernels, pass.member, pass.count);
}

template <typename Real>
void Dense<Real>::parameterGradient(const Kernels& kernels, LayerMemory<Real>& memory, size_t count, const Range& rows,
                                    Real* gradient) const {
  PairMemory& pairs = memory.pairs;
  if constexpr (std::is_same_v<Real, float>)
    if (!pairs.inputRows.isEmpty())
      return parameterGradient(kernels, constant(pairs.inputRows.panels()), constant(pairs.deltaRows.panels()),
                               ceilingOf(count, 2), rows, gradient);
  parameterGradient(kernels, memory.input, constant(memory.delta.panels()), count, rows, gradient);
}

template <typename Real>
template <typename Element>
void Dense<Real>::parameterGradient(const Kernels& kernels, const Panels<const Element>& x,
                                    const Panels<const Element>& delta, size_t depth, const Range& rows,
                                    Real* gradient) const {
  Product<Real, Element> dw{};
  dw.columns = outputs_;
  dw.depth = depth;
  dw.a = x;
  dw.aIsTransposed = true;
  dw.b = delta;
  dw.c = rowMajor(kernels.of<Real>(), gradient - rows.begin * outputs_, outputs_);
  multiply(dw, kernels, rows);
}

template class Dense<float>;
template class Dense<double>;

}  // namespace glissade
