#include "layers/dense.h"

#include <algorithm>
#include <type_traits>

#include "error.h"
#include "kernels/layer_kernels.h"
#include "layers/rows.h"

namespace glissade {

template <typename Real>
Dense<Real>::Dense(const Shape& inputs, const DenseOptions& options) : inputs_(inputs.channels), options_(options) {
  if (!inputs.isFlat())
    throw Error("ERR_SHAPE", "takes numbers, but gets " + inputs.text() + "; put flatten() or globalPool() before it");
}

std::vector<Tensor> tensorsOfDense(size_t inputs, const DenseOptions& options) {
  std::vector<Tensor> tensors{{"weight", {inputs, options.outputs}, true, true, Sides::outputsLast}};
  if (options.bias) tensors.push_back({"bias", {options.outputs}, false});
  return tensors;
}

template <typename Real>
void initializeDense(size_t inputs, const DenseOptions& options, Random& random, Real* parameters) {
  initialize(chosen(options.initializer, options.activation), {inputs, options.outputs}, options.outputs, random,
             parameters);
  if (options.bias) std::fill_n(parameters + inputs * options.outputs, options.outputs, Real(0));
}

template <typename Real>
void Dense<Real>::initialize(Random& random, Real* parameters) const {
  initializeDense(inputs_, options_, random, parameters);
}

template <typename Real>
void Dense<Real>::allocate(const typename Layer<Real>::Room& room, LayerMemory<Real>& memory) const {
  if (room.precision == Precision::full) return;
  const size_t width = room.kernels.template of<Real>().panelWidth, outputs = options_.outputs;
  const auto buffer = [&](size_t rows, size_t columns) { return PanelBuffer<Pair>(width, rows, columns); };
  PairMemory& pairs = memory.pairs;
  pairs.inputColumns = buffer(room.rows, pairDepth(rows()));
  pairs.weightRows = buffer(pairDepth(rows()), outputs);
  if (room.use == Use::forward) return;

  pairs.inputRows = buffer(pairDepth(room.rows), rows());
  pairs.deltaRows = buffer(pairDepth(room.rows), outputs);
  pairs.deltaColumns = buffer(room.rows, pairDepth(outputs));
  pairs.weightColumns = buffer(inputs_, pairDepth(outputs));
}

template <typename Real>
void Dense<Real>::setTeamSize(size_t members, const Kernels& kernels, Tangents tangents,
                              LayerMemory<Real>& memory) const {
  const size_t width = kernels.template of<Real>().panelWidth;
  const bool isForTraining = !memory.delta.isEmpty() && tangents == Tangents::none;
  memory.division = !isForTraining ? Division::even
                                   : fastestDivision({.rows = rows(),
                                                      .inputs = inputs_,
                                                      .outputs = options_.outputs,
                                                      .examples = memory.rows,
                                                      .members = members,
                                                      .panelWidth = width,
                                                      .bytes = sizeof(Real),
                                                      .isFirst = !memory.inputGradients[0].isWanted,
                                                      .mayDivideDepth = memory.pairs.inputColumns.isEmpty(),
                                                      .isFrozen = memory.isFrozen});
  if (memory.division == Division::depth)
    memory.dividedProduct.reserve(width, memory.rows, options_.outputs,
                                  partsOf(rows(), firstOwnedEnd(rows(), kBlockTerms, members)));
}

template <typename Real>
void Dense<Real>::refresh(const Kernels& kernels, LayerMemory<Real>& memory, const Range& range,
                          const Real* parameters) const {
  if constexpr (std::is_same_v<Real, float>) {
    if (!memory.pairs.isEmpty())
      refreshPairs(kernels, memory.pairs, parameters, rows(), inputs_, options_.outputs, range);
  }
}

template <typename Real>
void Dense<Real>::forward(const Pass<Real>& pass) const {
  LayerMemory<Real>& memory = pass.memory;
  const auto describe = [&](auto& y) {
    y.columns = options_.outputs;
    y.activation = options_.activation;
    y.preactivation = pass.preactivation.data.values;
    y.nextColumn = memory.outputs.isEmpty() ? NextColumn::anything : NextColumn::one;
  };
  if constexpr (std::is_same_v<Real, float>) {
    PairMemory& pairs = memory.pairs;
    if (!pairs.inputColumns.isEmpty()) {
      const Bfloat16Kernels& table = pass.kernels.bfloat16;
      const Panels<const float> x = valuesOf(memory.inputs[0]);
      if (!pairs.areInputsGathered)
        table.pairColumns(x, rows(), pass.share.begin, pass.share.end, pairs.inputColumns.panels());
      if (!pairs.inputRows.isEmpty() && !memory.isFrozen)
        table.pairRows(x, pass.share.end, rows(), pass.share.begin / 2, ceilingOf(pass.share.end, 2),
                       pairs.inputRows.panels());
      pass.member.barrier();
      Product<Real, Pair> y{};
      describe(y);
      y.depth = ceilingOf(rows(), 2);
      y.a = constant(pairs.inputColumns.panels());
      y.b = constant(pairs.weightRows.panels());
      y.c = valuesOf(pass.output);
      return multiply(y, pass.kernels, pass.member, pass.count);
    }
  }
  FlowProduct<Real> y;
  describe(y.values);
  y.values.depth = rows();
  y.a = memory.inputs[0];
  y.b = weights(pass);
  y.c = pass.output;
  if (memory.division == Division::depth && pass.owned.firstEnd < rows()) return forwardByOwners(y, pass);
  y.forEach([&](const Product<Real>& product) { multiply(product, pass.kernels, pass.member, pass.count); });
  if (!y.c.data.tangents) return;
  pass.member.barrier();
  activate(pass, options_.activation, options_.outputs, pass.share);
}

/// Each member adds the products of the rows that it owns.
template <typename Real>
void Dense<Real>::forwardByOwners(const FlowProduct<Real>& outputs, const Pass<Real>& pass) const {
  Product<Real> y = outputs.values;
  y.a = valuesOf(outputs.a);
  y.b = valuesOf(outputs.b);
  y.c = valuesOf(outputs.c);
  const bool isBiasAlone = options_.bias && inputs_ % kBlockTerms == 0;
  if (isBiasAlone) y.depth = inputs_;
  DividedProduct<Real>& product = pass.memory.dividedProduct;
  product.sum(y, pass.table(), pass.owned.rows, pass.owned.firstEnd, pass.count);
  pass.member.barrier();
  const Real* const bias = isBiasAlone ? y.b.data + inputs_ * options_.outputs : nullptr;
  product.add(y, bias, pass.table(), pass.owned.firstEnd, pass.share);
}

/// A product by which each member finds the gradient of the inputs that are its rows of the weights.
template <typename Real>
template <typename Element>
void Dense<Real>::multiplyByOwners(const Product<Real, Element>& inputGradient, const Pass<Real>& pass) const {
  if (pass.memory.division == Division::even) return multiply(inputGradient, pass.kernels, pass.member, pass.count);
  const size_t width = pass.table().panelWidth;
  const auto panelAt = [&](size_t row) { return ceilingOf(std::min(row, inputs_), width); };
  multiplierOf<Real, Element>(pass.kernels)(
      inputGradient, {0, pass.count, panelAt(pass.owned.rows.begin), panelAt(pass.owned.rows.end)});
}

template <typename Real>
void Dense<Real>::backward(const Pass<Real>& pass) const {
  LayerMemory<Real>& memory = pass.memory;
  const InputGradient<Real>& inputGradient = memory.inputGradients[0];
  const auto describe = [&](auto& dx) {
    dx.columns = inputs_;
    dx.bIsTransposed = true;
    dx.activation = inputGradient.activation;
    dx.preactivation = const_cast<Real*>(inputGradient.preactivation.data.values);  // only read, as `output` is set
    dx.output = inputGradient.output.data.values;
  };
  if constexpr (std::is_same_v<Real, float>) {
    PairMemory& pairs = memory.pairs;
    if (!pairs.deltaRows.isEmpty()) {
      const Panels<const float> delta = valuesOf(constant(memory.delta.flow()));
      const Bfloat16Kernels& table = pass.kernels.bfloat16;
      const size_t end = ceilingOf(pass.share.end, 2), outputs = options_.outputs;
      if (!memory.isFrozen) {
        table.pairRows(delta, pass.share.end, outputs, pass.share.begin / 2, end, pairs.deltaRows.panels());
        if (pass.share.end == pass.count) pairs.deltaRows.clear({end, pairDepth(pass.count)});
      }
      if (!inputGradient.isWanted) return;
      table.pairColumns(delta, outputs, pass.share.begin, pass.share.end, pairs.deltaColumns.panels());
      pass.member.barrier();
      Product<Real, Pair> dx{};
      describe(dx);
      dx.depth = ceilingOf(outputs, 2);
      dx.a = constant(pairs.deltaColumns.panels());
      dx.b = constant(pairs.weightColumns.panels());
      dx.c = valuesOf(inputGradient.delta);
      return multiplyByOwners(dx, pass);
    }
  }
  if (!inputGradient.isWanted) return;
  FlowProduct<Real> dx;
  describe(dx.values);
  dx.values.depth = options_.outputs;
  dx.a = constant(memory.delta.flow());
  dx.b = weights(pass);
  dx.c = inputGradient.delta;
  dx.forEach([&](const Product<Real>& product) { multiplyByOwners(product, pass); });
  if (!dx.c.data.tangents) return;
  pass.member.barrier();
  finish(pass, inputGradient, inputs_, pass.share);
}

template <typename Real>
void Dense<Real>::parameterGradient(const Pass<Real>& pass, const typename Layer<Real>::MatrixRows& block,
                                    const Track<Real>& gradient) const {
  LayerMemory<Real>& memory = pass.memory;
  const auto describe = [&](auto& dw, size_t depth) {
    dw.columns = options_.outputs;
    dw.depth = depth;
    dw.aIsTransposed = true;
    dw.firstRow = block.rows.begin;
  };
  const Flow<Real> c{gradient, pass.table().panelWidth, options_.outputs};
  if constexpr (std::is_same_v<Real, float>) {
    PairMemory& pairs = memory.pairs;
    if (!pairs.inputRows.isEmpty()) {  // includes the biases' gradient: the inputs' ones times the rounded deltas
      Product<Real, Pair> dw{};
      describe(dw, ceilingOf(pass.count, 2));
      dw.a = constant(pairs.inputRows.panels());
      dw.b = constant(pairs.deltaRows.panels());
      dw.c = valuesOf(c);
      return multiply(dw, pass.kernels, block.rows);
    }
  }
  if (block.rows.end > inputs_)
    biasGradient(pass, pass.count, options_.outputs, gradient + (inputs_ - block.rows.begin) * options_.outputs);
  const Range weights{block.rows.begin, std::min(block.rows.end, inputs_)};
  if (weights.begin >= weights.end) return;
  FlowProduct<Real> dw;
  describe(dw.values, pass.count);
  dw.a = memory.inputs[0];
  dw.b = constant(memory.delta.flow());
  dw.c = c;
  dw.forEach([&](const Product<Real>& product) { multiply(product, pass.kernels, weights); });
}

template void initializeDense(size_t, const DenseOptions&, Random&, float*);
template void initializeDense(size_t, const DenseOptions&, Random&, double*);
template class Dense<float>;
template class Dense<double>;

}  // namespace glissade
