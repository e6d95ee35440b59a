#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "data/random.h"
#include "data/sparse.h"
#include "distributed/communicator.h"
#include "kernels/kernels.h"
#include "layers/division.h"
#include "layers/shape.h"
#include "layers/touched_rows.h"
#include "matrix/operand.h"
#include "parallel/team.h"

namespace glissade {

/// What a tensor's sides stand for. `outputsLast`: the last side runs over a layer's outputs, the others over the
/// inputs that each output sums.
enum class Sides { any, outputsLast };

/// A parameter of a layer, row-major.
struct Tensor {
  std::string name;
  std::vector<size_t> shape;
  bool decays;         // whether weight decay applies to it
  bool trains = true;  // whether a rule trains it; false: a running statistic
  Sides sides = Sides::any;

  size_t size() const { return std::accumulate(shape.begin(), shape.end(), size_t{1}, std::multiplies<>()); }
};

/// Trained parameters as a matrix. Its gradient can be found some rows at a time.
struct ParameterMatrix {
  size_t rows, columns;
  bool isSparse = false;  // a minibatch touches only some of its rows; such a matrix is one tensor
};

/// What a workspace is for: forward only; forward and backward; or both, with tangents.
enum class Use { forward, training, tangents };

/// Dropout and batch normalisation differ between training and evaluation.
enum class Mode { evaluation, training };

/// Where backward() writes the gradient with respect to an input: the delta of the layer that computed the input, with
/// that layer's activation and results; or, if several layers read the input, a contribution to the delta.
template <typename Real>
struct InputGradient {
  Flow<Real> delta;  // the gradient with respect to the preactivation
  Activation activation;
  Flow<const Real> output, preactivation;
  bool isWanted = false;
  bool accumulates = false;  // whether it is added to what is there

  /// For a gradient that is the sum of `parts` products: where product `part` writes. The first overwrites, the others
  /// add, and the activation's derivative multiplies the sum.
  InputGradient part(size_t part, size_t parts) const {
    InputGradient gradient{delta, Activation::identity, {}, {}, isWanted};
    if (part + 1 == parts) gradient = *this;
    gradient.accumulates = part > 0;
    return gradient;
  }
};

/// Inputs that are rows of a sparse table.
struct SparseInput {
  const SparseTable* table = nullptr;
  const uint32_t* rows = nullptr;  // by example
};

/// What training keeps for one of a layer's matrices.
struct MatrixMemory {
  size_t rows;
  Division division = Division::even;  // of its work among the members; set by divide()
  bool isFrozen = false;               // whether no gradient with respect to it is wanted
  TouchedRows touched{};               // of a sparse matrix

  /// The rows that a member owns, unless the division is even.
  OwnedRows owned(const Member& member, size_t panelWidth) const {
    return ownedRows(rows, grainOf(division, panelWidth), member);
  }
};

/// What every layer keeps between forward and backward. A layer that keeps more derives its own type (LayerWith).
template <typename Real>
struct LayerMemory {
  virtual ~LayerMemory() = default;

  const uint32_t* codes = nullptr;      // inputs that are categories, row-major [example, column]; else null
  const SparseInput* sparse = nullptr;  // inputs that are sparse; else null
  std::vector<MatrixMemory> matrices;
  std::vector<Flow<const Real>> inputs;
  std::vector<InputGradient<Real>> inputGradients;  // by input
  Flow<Real> outputs{}, preactivation{};            // `outputs` is null in the last layer: the caller owns them
  Flow<Real> delta{};                               // the gradient of the loss with respect to the preactivation
  NextColumn afterOutputs = NextColumn::anything;   // what a product writes after the last column of `outputs`
  const Real* chosenTargets =
      nullptr;      // of the scores that a last layer has chosen (Layer::choose); null: it computes all
  size_t rows = 0;  // the most examples of a minibatch
};

/// What a layer makes room for: minibatches of up to `rows` examples.
template <typename Real>
struct Room {
  const Kernels& kernels;
  size_t rows;
  Use use;
  Precision precision;
  Tangents tangents;

  size_t panelWidth() const { return kernels.of<Real>().panelWidth; }
};

/// Rows of one of a layer's matrices.
struct MatrixRows {
  size_t matrix;
  Range rows;
};

/// The part of a minibatch that this rank has, where several ranks share it.
struct RankPart {
  Communicator* ranks = nullptr;  // null: this process has the whole minibatch
  size_t first = 0, whole = 0;    // the index of its first example in the whole; how many examples that has
  bool synchronizes = false;      // whether batch statistics are of the whole
};

/// A minibatch: the number of its examples, the mode, the key of its random numbers, and lengths of sequences.
struct Batch {
  size_t count;
  Mode mode = Mode::evaluation;
  uint64_t randomKey = 0;
  RankPart part{};
  const uint32_t* lengths = nullptr;  // by example: how many of its positions are no padding. Null: all

  /// How many examples the minibatch has on all ranks.
  size_t wholeCount() const { return part.ranks ? part.whole : count; }
};

/// A member among the first `workers`. Later members have no share.
inline Member workerOf(const Member& member, size_t workers) {
  const size_t count = std::min(member.count(), workers);
  return {std::min(member.index(), count), count};
}

/// What a member of the team needs for its work on a minibatch in one layer.
template <typename Real>
struct Pass {
  const Kernels& kernels;
  const Member& member;
  size_t count;  // of examples
  Range share;   // this member's examples, if each belongs to one member; begins at an even one (pairs of bfloat16)
  Mode mode;
  uint64_t randomKey;  // differs between layers and between minibatches
  const RankPart& part;
  const uint32_t* lengths;  // as in Batch
  Track<const Real> parameters;
  Flow<Real> output, preactivation;  // the activation's result, and its argument or null
  LayerMemory<Real>& memory;
  size_t workers;              // how many members have scratch: the first ones
  Buffer<std::byte>* scratch;  // this member's, for the time of a call; null if it has none

  const KernelsOf<Real>& table() const { return kernels.of<Real>(); }
  const LayerKernels<Real>& layerKernels() const { return *table().layers; }
  /// Whether this member shares the work of layers that use scratch.
  bool works() const { return member.index() < workers; }
  /// This member among those that do.
  Member worker() const { return workerOf(member, workers); }
  /// This member's rows of a matrix, unless its division is even.
  OwnedRows owned(size_t matrix) const { return memory.matrices[matrix].owned(worker(), table().panelWidth); }
};

/// What the scores are that a last layer chooses for the class of each row. `decisions`: each has a target of 0 or 1,
/// and the loss is the sum of the logistic losses. `classes`: the loss is crossEntropy over them.
enum class Choice { none, decisions, classes };

/// The classes of a minibatch, a row for each position of each example, and this member's rows of them.
template <typename Real>
struct ClassTargets {
  const Real* classes;
  Range share;
  uint64_t randomKey;
};

/// A differentiable function with parameters. All members of a team call a function that takes a pass together, and a
/// barrier must follow, unless noted otherwise. Tangents are computed as well if the workspace has them.
template <typename Real>
class Layer {
 public:
  virtual ~Layer() = default;

  virtual Shape outputs() const = 0;
  virtual Activation activation() const { return Activation::identity; }

  /// The parameters, in the order in which they lie in memory: those that train first.
  virtual std::vector<Tensor> tensors() const { return {}; }
  virtual void initialize(Random&, Real*) const {}

  /// The parameters that train, as matrices that adjoin each other in memory.
  virtual std::vector<ParameterMatrix> matrices() const { return {}; }

  /// Whether it reads inputs in panels, followed by a column of ones.
  virtual bool readsOnes() const { return false; }
  /// Whether forward() itself writes the column of ones that may follow the outputs (LayerMemory::afterOutputs), if
  /// their last panel has room for it.
  virtual bool writesOnes() const { return false; }

  /// How many positions of an example parameterGradient() sums: its cost, by which members share it.
  virtual size_t gradientPositions() const { return outputs().positions(); }

  virtual bool computesIn(Precision precision) const { return precision == Precision::full || matrices().empty(); }

  /// Makes the layer's memory: what it needs beyond outputs and deltas.
  virtual std::unique_ptr<LayerMemory<Real>> allocate(const Room<Real>&) const {
    return std::make_unique<LayerMemory<Real>>();
  }

  /// The bytes of scratch that a member needs (Pass::scratch).
  virtual size_t scratchSize(const Room<Real>&) const { return 0; }

  /// Chooses how `members` members divide the work on each matrix, and allocates what that needs.
  virtual void divide(size_t /*members*/, const Kernels&, LayerMemory<Real>&) const {}

  /// Where inputs may be gathered as pairs of bfloat16, so that forward() need not convert them. The layer counts on it
  /// from then on. Null: inputs are gathered as numbers.
  virtual const Panels<Pair>* gathersPairs(LayerMemory<Real>&) const { return nullptr; }

  /// Converts rows of a changed matrix to the form that products read (pairs of bfloat16). rows.begin is even.
  virtual void refresh(const Kernels&, LayerMemory<Real>&, const MatrixRows&, const Real* /*parameters*/) const {}

  /// Whether backward() or parameterGradient() read the layer's inputs, or its outputs. Others are overwritten once all
  /// layers that read them have gone forward.
  virtual bool readsInputsAgain() const { return true; }
  virtual bool readsOutputsAgain() const { return false; }

  /// Computes pass.output from memory.inputs.
  virtual void forward(const Pass<Real>& pass) const = 0;

  /// Computes from memory.delta what `parameterGradient` needs, and memory.inputGradients that are wanted.
  virtual void backward(const Pass<Real>& pass) const = 0;

  /// Computes the gradient with respect to some rows of a matrix, after `backward`. Members call it independently, each
  /// for other rows.
  virtual void parameterGradient(const Pass<Real>&, const MatrixRows&, const Track<Real>& /*gradient*/) const {}

  /// What the layer chooses as the last one in training, and how many scores for a row at most.
  virtual Choice choice() const { return Choice::none; }
  virtual size_t chosenColumns() const { return outputs().channels; }
  /// Chooses the scores that the loss of each row needs, before `touch`, and sets LayerMemory::chosenTargets. All
  /// members call it, each for its rows.
  virtual void choose(const Member&, const ClassTargets<Real>&, LayerMemory<Real>&) const {}

  /// How many rows of a sparse matrix, repeated ones included, `count` examples touch at most. 0: one for each category
  /// or entry of the inputs.
  virtual size_t mostTouched(size_t /*count*/) const { return 0; }

  /// Finds the rows of a sparse matrix that a minibatch of `count` examples touches, before `forward`. One member calls
  /// it.
  virtual void touch(const LayerMemory<Real>&, size_t /*count*/, size_t /*matrix*/, TouchedRows&) const {}

  /// Computes the gradient with respect to some touched rows: `touched.rows` are indices into TouchedRows::rows().
  /// Members call it independently, each for other rows.
  virtual void touchedGradient(const Pass<Real>&, const MatrixRows& /*touched*/,
                               const Track<Real>& /*gradient*/) const {}

  /// Whether each number of the gradient is a sum over examples of an input (or 1) times a delta. Their largest
  /// magnitudes then bound the gradient before it is computed (Workspace::largestFactors).
  virtual bool boundsGradient() const { return matrices().empty(); }

  /// Allocates what the layer exchanges with other ranks.
  virtual void reserveForRanks(size_t /*ranks*/, LayerMemory<Real>&) const {}

  /// Moves the running statistics towards those of a minibatch, after `forward` in training. One member calls it.
  virtual void updateStatistics(LayerMemory<Real>&, const Batch&, Real* /*parameters*/) const {}
};

/// Multiplies rows of inputGradient.delta by the derivative of inputGradient.activation: the gradient with respect to
/// outputs becomes that with respect to preactivations.
template <typename Real>
void finish(const Pass<Real>& pass, const InputGradient<Real>& inputGradient, size_t columns, const Range& rows) {
  pass.layerKernels().activationBackward({inputGradient.activation, inputGradient.output, inputGradient.preactivation,
                                          inputGradient.delta, columns, rows.begin, rows.end});
}

/// Applies a layer's activation to rows of its output, where its products have not done so.
template <typename Real>
void activate(const Pass<Real>& pass, Activation activation, size_t columns, const Range& rows) {
  if (activation == Activation::identity) return;
  pass.layerKernels().activate({activation, pass.output, pass.preactivation, columns, rows.begin, rows.end});
}

/// A layer whose memory is of type Memory, which derives from LayerMemory<Real>.
template <typename Real, typename Memory>
class LayerWith : public Layer<Real> {
 protected:
  static Memory& own(LayerMemory<Real>& memory) { return static_cast<Memory&>(memory); }
  static Memory& own(const Pass<Real>& pass) { return own(pass.memory); }
};

/// sums ← the sums of the first `rows` rows of a matrix, by column: the gradient with respect to biases.
template <typename Real>
void sumColumns(const Pass<Real>& pass, const Flow<const Real>& matrix, size_t rows, size_t columns,
                const Track<Real>& sums) {
  linearly(matrix, Flow<Real>{sums, 0, 0}, [&](const Panels<const Real>& from, const Panels<Real>& to) {
    pass.layerKernels().sumColumns(from, rows, columns, to.data);
  });
}

/// Zeroes rows of a matrix in panels of `width` columns. Writes nothing beyond the last column.
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

/// Writes ones after the last column of some rows of a matrix in panels of `width` columns. Their tangents are 0.
template <typename Real>
void writeOnes(const Flow<Real>& matrix, size_t width, size_t columns, const Range& rows) {
  const size_t offset = columns / width * matrix.panelStride + columns % width;
  for (size_t i = rows.begin; i < rows.end; ++i) {
    matrix.data.values[offset + i * matrix.rowStride] = 1;
    if (matrix.data.tangents) matrix.data.tangents[offset + i * matrix.rowStride] = 0;
  }
}

/// The rows of some examples in a matrix with a row for each position.
inline Range rowsOf(const Range& examples, const Shape& shape) {
  return {examples.begin * shape.positions(), examples.end * shape.positions()};
}

}  // namespace glissade
