#pragma once

#include <algorithm>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include "data/random.h"
#include "data/sparse.h"
#include "kernels/kernels.h"
#include "layers/shape.h"
#include "layers/touched_rows.h"
#include "matrix/panel_buffer.h"
#include "matrix/team_product.h"
#include "parallel/team.h"

namespace glissade {

/// What the sides of a tensor stand for: nothing in particular, or, of weights, the last one for a layer's outputs and
/// all others for what these are made of.
enum class Sides { any, outputsLast };

/// A parameter of a layer, row-major.
struct Tensor {
  std::string name;
  std::vector<size_t> shape;
  bool decays;         // whether weight decay applies to it
  bool trains = true;  // by its gradient; or it is a statistic, which follows the data
  Sides sides = Sides::any;

  size_t size() const { return std::accumulate(shape.begin(), shape.end(), size_t{1}, std::multiplies<>()); }
};

/// Trained parameters as a matrix, whose gradient can be found some rows at a time.
struct ParameterMatrix {
  size_t rows, columns;
  bool isSparse = false;  // whether a minibatch touches only some of its rows: then it is a tensor of its own
};

/// In what numbers products are computed: those of the network, or bfloat16 with sums of floats.
enum class Precision { full, bfloat16 };

/// What a workspace is for: the way forward, back as well, or both with tangents.
enum class Use { forward, training, tangents };

/// How layers behave that tell training from evaluation (dropout, batch normalisation).
enum class Mode { evaluation, training };

/// The operands of a layer's products in bfloat16, as pairs along their depth: of adjacent columns or adjacent rows.
struct PairMemory {
  PanelBuffer<Pair> inputColumns, inputRows, deltaColumns, deltaRows;
  PanelBuffer<Pair> weightColumns, weightRows;  // to be refreshed when parameters have changed
};

/// Where the way back leads from a layer: to what one of its inputs was computed by.
template <typename Real>
struct InputGradient {
  Flow<Real> delta;  // the gradient with respect to the argument of `activation`
  Activation activation;
  Flow<const Real> output, preactivation;
  bool isWanted = false;
};

/// Inputs that are rows of a sparse table.
struct SparseInput {
  const SparseTable* table = nullptr;
  const uint32_t* rows = nullptr;  // by example
};

/// What a layer keeps between the ways forward and back.
template <typename Real>
struct LayerMemory {
  const uint32_t* codes = nullptr;      // inputs that are categories, row-major
  const SparseInput* sparse = nullptr;  // or sparse
  std::vector<TouchedRows> touched;     // of each of its matrices that are sparse
  std::vector<Flow<const Real>> inputs;
  std::vector<InputGradient<Real>> inputGradients;  // of each input
  Variable<Real> outputs, preactivation;            // none of the last layer's outputs: they go to the caller
  Variable<Real> delta;               // the gradient of the loss with respect to the activation's argument
  Buffer<Real> saved, savedTangents;  // what else a layer finds on its way
  std::vector<Buffer<Real>> scratch;  // of members of a team, those that have one
  size_t rows = 0;                    // how many examples there is room for
  PairMemory pairs;                   // where the precision is bfloat16

  Track<Real> savedTrack() { return {saved.data(), savedTangents.data()}; }
};

/// A minibatch: how many examples, and what depends on it beside them.
struct Batch {
  size_t count;
  Mode mode = Mode::evaluation;
  uint64_t draw = 0;  // of random numbers
};

/// A minibatch in one layer, and who works on it.
template <typename Real>
struct Pass {
  const Kernels& kernels;
  const Member& member;
  size_t count;  // of examples
  Range share;   // the member's, where each example is worked on by one
  Mode mode;
  uint64_t draw;  // of random numbers, which differ from layer to layer and from minibatch to minibatch
  Track<const Real> parameters;
  Flow<Real> output, preactivation;  // of the activation; the argument where it is kept
  LayerMemory<Real>& memory;

  const KernelsOf<Real>& table() const { return kernels.of<Real>(); }
  const LayerKernels<Real>& layers() const { return *table().layers; }
};

/// A differentiable step of a network. What takes a pass is called by all its members together, and a barrier must
/// follow. Everything is computed with tangents, too, where the workspace has them.
template <typename Real>
class Layer {
 public:
  virtual ~Layer() = default;

  virtual Shape outputs() const = 0;
  virtual Activation activation() const { return Activation::identity; }

  /// In the order in which they lie in memory, those that train first.
  virtual std::vector<Tensor> tensors() const { return {}; }
  virtual void initialize(Random&, Real*) const {}

  /// Those that train, one after another.
  virtual std::vector<ParameterMatrix> matrices() const { return {}; }

  virtual bool computesIn(Precision precision) const { return precision == Precision::full || matrices().empty(); }

  /// Allocates what it needs beyond outputs and deltas, for up to so many examples.
  struct Room {
    const Kernels& kernels;
    size_t rows;
    Use use;
    Precision precision;
    Tangents tangents;
  };
  virtual void allocate(const Room&, LayerMemory<Real>&) const {}

  /// Allocates what each member of a team needs of its own, for so many members. Those without it leave their work to
  /// the others.
  virtual void employ(size_t /*members*/, const Kernels&, Tangents, LayerMemory<Real>&) const {}

  /// Brings what is kept of some rows of the parameters up to date; from an even row on.
  virtual void refresh(const Kernels&, LayerMemory<Real>&, const Range& /*rows*/, const Real* /*parameters*/) const {}

  /// memory.inputs → pass.output
  virtual void forward(const Pass<Real>& pass) const = 0;

  /// memory.delta → what `parameterGradient` needs, and the deltas of memory.below that are wanted.
  virtual void backward(const Pass<Real>& pass) const = 0;

  /// After `backward`: the gradient with respect to some rows of a matrix, on one thread.
  struct Part {
    size_t matrix;
    Range rows;
  };
  virtual void parameterGradient(const Pass<Real>&, const Part&, const Track<Real>& /*gradient*/) const {}

  /// Of a matrix that is sparse: which rows a minibatch of so many examples touches, before it goes forward. On one
  /// thread.
  virtual void touch(const LayerMemory<Real>&, size_t /*count*/, size_t /*matrix*/, TouchedRows&) const {}

  /// And the gradient with respect to some of those rows, [begin, end) of them. On one thread.
  virtual void touchedGradient(const Pass<Real>&, const Part& /*touched*/, const Track<Real>& /*gradient*/) const {}

  /// Whether each number of the gradient is a sum of one product of an input (or one) and a delta for each example:
  /// that bounds its size before it is known (Network::largestFactors).
  virtual bool boundsGradient() const { return matrices().empty(); }

  /// After a minibatch in training has gone forward: running statistics follow it. On one thread.
  virtual void updateStatistics(LayerMemory<Real>&, size_t /*count*/, Real* /*parameters*/) const {}
};

/// Multiplies a gradient with respect to an output by the derivative of the activation that made it: rows [begin, end),
/// of so many columns.
template <typename Real>
void finish(const Pass<Real>& pass, const InputGradient<Real>& inputGradient, size_t columns, const Range& rows) {
  pass.layers().activationBackward({inputGradient.activation, inputGradient.output, inputGradient.preactivation,
                                    inputGradient.delta, columns, rows.begin, rows.end});
}

/// Applies a layer's own activation to rows of its output, for layers that don't do so as they compute it.
template <typename Real>
void activate(const Pass<Real>& pass, Activation activation, size_t columns, const Range& rows) {
  if (activation == Activation::identity) return;
  pass.layers().activate({activation, pass.output, pass.preactivation, columns, rows.begin, rows.end});
}

/// Calls work(from, to) for a linear function, on values and, where they are taken along, tangents.
template <typename Real, typename Work>
void linearly(const Flow<const Real>& from, const Flow<Real>& to, Work work) {
  work(valuesOf(from), valuesOf(to));
  if (to.data.tangents) work(tangentsOf(from), tangentsOf(to));
}

/// The gradient with respect to biases: the sums of so many rows of delta.
template <typename Real>
void biasGradient(const Pass<Real>& pass, size_t rows, size_t columns, const Track<Real>& gradient) {
  linearly(constant(pass.memory.delta.flow()), Flow<Real>{gradient, 0, 0},
           [&](const Panels<const Real>& delta, const Panels<Real>& to) {
             pass.layers().sumColumns(delta, rows, columns, to.data);
           });
}

/// Makes rows of a matrix zero, in panels of some width.
template <typename Real>
void clear(const Flow<Real>& flow, size_t width, size_t columns, const Range& rows) {
  linearly(constant(flow), flow, [&](const Panels<const Real>&, const Panels<Real>& panels) {
    for (size_t column = 0; column < columns; column += width) {
      Real* row = panels.data + column / width * panels.panelStride + rows.begin * panels.rowStride;
      for (size_t i = rows.begin; i < rows.end; ++i, row += panels.rowStride)
        std::fill_n(row, std::min(width, columns - column), Real(0));
    }
  });
}

/// This member's share of the rows of a matrix with so many for each example.
inline Range rowsOf(const Range& examples, const Shape& shape) {
  return {examples.begin * shape.positions(), examples.end * shape.positions()};
}

}  // namespace glissade
