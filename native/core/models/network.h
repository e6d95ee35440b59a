#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "data/dataset.h"
#include "layers/layer.h"

namespace glissade {

/// A parameter tensor in the slab that holds all parameters of a network.
struct TensorPlace {
  std::string name;  // "layers.0.weight"
  std::vector<size_t> shape;
  size_t offset, size;
  bool decays, trains;
  bool isSparse = false;  // whether a minibatch touches only some of its rows
  Sides sides = Sides::any;
};

/// A block of a network's inputs.
struct NetworkInput {
  InputBlock::Kind kind = InputBlock::Kind::dense;
  std::string name = "inputs";
  Shape shape{};                        // of dense inputs
  size_t columns = 0;                   // of sparse ones
  std::vector<uint32_t> cardinalities;  // of categories

  static NetworkInput numbers(const Shape& shape) {
    NetworkInput input;
    input.shape = shape;
    return input;
  }

  size_t width() const {
    switch (kind) {
      case InputBlock::Kind::dense: return shape.size();
      case InputBlock::Kind::categorical: return cardinalities.size();
      case InputBlock::Kind::sparse: return columns;
    }
    __builtin_unreachable();
  }
};

/// A block of inputs of a minibatch: numbers in panels, images row by row, categories, or rows of a sparse table.
template <typename Real>
struct InputMemory {
  Shape shape;
  size_t width = 0;  // of panels
  Variable<Real> panels;
  Buffer<Real> images, imageTangents;
  std::vector<uint32_t> codes;
  SparseInput sparse;

  /// A row for each example.
  Panels<Real> examples() {
    if (shape.isFlat()) return panels.values.panels();
    return {images.data(), width, shape.size()};
  }
  /// A row for each position of an example.
  Flow<const Real> flow() {
    if (shape.isFlat()) return constant(panels.flow());
    return {{images.data(), imageTangents.data()}, width, shape.channels};
  }
};

/// The memory of one minibatch's way through a network.
template <typename Real>
struct Workspace {
  const Kernels* kernels;  // whose panels it has
  size_t rows;
  Precision precision;
  Tangents tangents;
  std::vector<InputMemory<Real>> inputs;
  std::vector<LayerMemory<Real>> layers;
  size_t depth = 0;                                        // how many layers it goes through
  std::vector<std::vector<Variable<Real>>> contributions;  // to the delta of each layer, where several take part in it
  size_t workers;            // how many members of a team can find gradients of parameters
  std::vector<bool> isLazy;  // matrices whose gradient is found of touched rows only, beside those of blocks
};

inline constexpr size_t kPaired = 2;  // rows that make pairs go together

/// A member's part of a minibatch, where each row is worked on by one.
inline Range shareOfRows(const Member& member, size_t count) { return member.share(count, kPaired); }

/// A layer in a network, what it is called, and where its inputs come from: first come the network's inputs, then its
/// layers.
template <typename Real>
struct Node {
  std::string name;
  std::unique_ptr<Layer<Real>> layer;
  std::vector<size_t> from;
};

/// Layers, each behind those that it takes its inputs from; the last one makes the outputs. It holds no parameters:
/// they live in a slab that is lent for each call.
template <typename Real>
class Network {
 public:
  /// @throws Error ERR_SHAPE where the outputs are an image, ERR_OUT_OF_RANGE for too many parameters.
  Network(std::vector<NetworkInput> inputs, std::vector<Node<Real>> nodes);
  Network(const Shape& inputs, std::vector<Node<Real>> nodes)
      : Network(std::vector{NetworkInput::numbers(inputs)}, std::move(nodes)) {}

  const std::vector<NetworkInput>& inputs() const { return inputs_; }
  /// How many columns they have together.
  size_t inputWidth() const;
  size_t outputs() const { return nodes_.back().layer->outputs().channels; }
  const std::vector<TensorPlace>& tensors() const { return tensors_; }
  size_t parameterCount() const { return parameterCount_; }

  /// About how many multiplications an example takes on its way forward.
  size_t workOfExample() const { return work_; }

  /// How many examples go forward at a time, so that their activations stay in the second-level cache or near it.
  size_t forwardRows() const;

  /// @throws Error ERR_SHAPE or ERR_OUT_OF_RANGE where the rows of `data` are no inputs of this network.
  void checkInputs(const Dataset& data) const;

  /// @throws Error ERR_INVALID_ARGUMENT where a layer can't compute in it.
  void checkPrecision(Precision precision) const;

  void initialize(uint64_t seed, Real* parameters) const;

  /// Where a way through the network ends: at its outputs, or, where the last layer is a softmax, at the logits before.
  enum class End { outputs, logits };

  /// For one member, until `employ` is called.
  Workspace<Real> allocate(const Kernels& kernels, size_t rows, Use use, Precision precision,
                           End end = End::outputs) const;

  /// Lets so many members of a team work in a workspace, at least. More can call what all call together; then some find
  /// nothing to do where a layer has no room for them.
  void employ(size_t members, Workspace<Real>& workspace) const;

  /// Brings what the workspace keeps of the parameters up to date, before they are used. All members of a team call
  /// this together, and a barrier must follow.
  void refresh(const Member& member, const Real* parameters, Workspace<Real>& workspace) const {
    if (workspace.precision == Precision::full) return;
    forEachBlock(member, workspace,
                 [&](size_t matrix, const Range& rows) { refreshBlock(parameters, workspace, matrix, rows); });
  }
  void refreshBlock(const Real* parameters, Workspace<Real>& workspace, size_t matrix, const Range& rows) const {
    const size_t layer = matrices_[matrix].layer;
    nodes_[layer].layer->refresh(*workspace.kernels, workspace.layers[layer], rows, parameters + offsets_[layer]);
  }

  /// Brings this member's share of some rows, by their numbers in the data's tables, into the workspace. All members
  /// call this together, and a barrier must follow.
  void gather(const Member& member, const Dataset& data, const uint32_t* rows, size_t count,
              Workspace<Real>& workspace) const;

  /// Makes room for `touch` of some rows, by their numbers in the data's tables; returns how many rows of a sparse
  /// matrix they touch at most.
  size_t reserveTouched(const Dataset& data, const uint32_t* rows, size_t count, Workspace<Real>& workspace) const;

  /// After `gather` and `reserveTouched`, for the way back: finds which rows of sparse matrices the minibatch touches.
  /// All members call this together, and a barrier must follow.
  void touch(const Member& member, size_t count, Workspace<Real>& workspace) const;

  /// The first rows of workspace.inputs → `outputs`, row-major. All members call this together; each returns past a
  /// barrier.
  void forward(const Member& member, const Batch& batch, const Track<const Real>& parameters,
               Workspace<Real>& workspace, const Track<Real>& outputs) const;

  /// After `forward` of the same rows: from the gradient with respect to the outputs, which is overwritten, to the
  /// delta of each layer. All members call this together, and a barrier must follow.
  void backward(const Member& member, const Batch& batch, const Track<const Real>& parameters,
                Workspace<Real>& workspace, const Track<Real>& outputs, const Track<Real>& outputGradient) const;

  /// Whether the factors bound the gradient with respect to all parameters.
  bool boundsGradient() const;

  /// The largest size of a layer's input and of a delta among some rows. The gradient with respect to a parameter is at
  /// most their product, times the number of rows. That of the network's inputs is given, or infinite if not known.
  struct Factors {
    double input, delta;
  };
  Factors largestFactors(Workspace<Real>& workspace, const Range& rows, double largestInput) const;

  /// Calls visit(matrix, rows) for this member's share of all parameters, so many rows at a time that their gradient
  /// stays in the first-level cache, or, of wide layers, in the second.
  template <typename Visit>
  void forEachBlock(const Member& member, const Workspace<Real>& workspace, Visit visit) const;

  /// How many numbers a block has, at most.
  size_t blockSize() const;

  /// After `backward` of the same minibatch.
  void blockGradient(const Member& member, const Batch& batch, const Track<const Real>& parameters,
                     Workspace<Real>& workspace, size_t matrix, const Range& rows, const Track<Real>& gradient) const {
    const Matrix& m = matrices_[matrix];
    nodes_[m.layer].layer->parameterGradient(passOf(member, batch, parameters, workspace, m.layer), {m.index, rows},
                                             gradient);
  }

  /// The matrices that are sparse, and where they lie in the slab.
  std::vector<size_t> sparseMatrices() const;
  bool hasSparseMatrices() const { return hasSparseMatrices_; }
  /// Whether it is x·W + b, or x·W, of one block of inputs.
  bool isLinear() const;
  /// Of a sparse matrix: which of the tensors it is.
  size_t tensorOf(size_t matrix) const;
  const TouchedRows& touchedOf(const Workspace<Real>& workspace, size_t matrix) const {
    return workspace.layers[matrices_[matrix].layer].touched[matrices_[matrix].index];
  }
  size_t rowCountOf(size_t matrix) const { return matrices_[matrix].rows; }
  size_t columnsOf(size_t matrix) const { return matrices_[matrix].columns; }

  /// After `backward`: the gradient with respect to some of the rows that a minibatch touches.
  void touchedGradient(const Member& member, const Batch& batch, const Track<const Real>& parameters,
                       Workspace<Real>& workspace, size_t matrix, const Range& touched,
                       const Track<Real>& gradient) const {
    const Matrix& m = matrices_[matrix];
    nodes_[m.layer].layer->touchedGradient(passOf(member, batch, parameters, workspace, m.layer), {m.index, touched},
                                           gradient);
  }

  /// Where a block of parameters lies in the slab.
  Range placeOf(size_t matrix, const Range& rows) const {
    const Matrix& m = matrices_[matrix];
    return {m.offset + rows.begin * m.columns, m.offset + rows.end * m.columns};
  }

  /// After a minibatch in training: parameters that don't train follow it.
  void follow(const Batch& batch, Workspace<Real>& workspace, Real* parameters) const;

 private:
  static constexpr size_t kBlock = 8192;  // numbers
  static constexpr size_t kBlockRows = 32;

  /// Trained parameters of a layer, and where they lie in the slab.
  struct Matrix {
    size_t layer, index;  // among the layer's
    size_t offset, rows, columns;
    size_t positions;  // of an example, each of which adds to the gradient
    bool isSparse;
  };

  const InputBlock& blockFor(size_t input, const Dataset& data) const;

  static size_t blockRows(const Matrix& matrix) {
    return std::max(kBlock / matrix.columns / kBlockRows * kBlockRows, kBlockRows);
  }

  Pass<Real> passOf(const Member& member, const Batch& batch, const Track<const Real>& parameters,
                    Workspace<Real>& workspace, size_t layer, const Track<Real>& outputs = {}) const;

  /// What a row of parameters costs, in numbers that are computed.
  static size_t rowCost(const Matrix& matrix) {
    constexpr size_t kLanes = 16;
    return (matrix.columns + kLanes - 1) / kLanes * kLanes * matrix.positions;
  }

  void collectDelta(const Pass<Real>& pass, size_t layer, Workspace<Real>& workspace) const;
  static bool isLast(const Workspace<Real>& workspace, size_t layer) { return layer + 1 == workspace.depth; }
  bool leads(const Workspace<Real>& workspace, size_t layer) const { return leads_[layer] || isLast(workspace, layer); }

  std::vector<NetworkInput> inputs_;
  std::vector<Node<Real>> nodes_;
  std::vector<size_t> offsets_;    // of each layer's parameters
  std::vector<size_t> consumers_;  // how many take a layer's outputs
  std::vector<bool> leads_;        // whether the way back goes on from a layer: to parameters, its own or others'
  std::vector<Matrix> matrices_;
  std::vector<TensorPlace> tensors_;
  size_t parameterCount_ = 0, work_ = 0;
  bool hasSparseMatrices_ = false;
};

template <typename Real>
template <typename Visit>
void Network<Real>::forEachBlock(const Member& member, const Workspace<Real>& workspace, Visit visit) const {
  if (member.index() >= workspace.workers) return;
  size_t total = 0;
  for (size_t i = 0; i < matrices_.size(); ++i)
    if (!workspace.isLazy[i]) total += matrices_[i].rows * rowCost(matrices_[i]);
  const Range share = Member(member.index(), std::min(member.count(), workspace.workers)).share(total);
  size_t before = 0;
  for (size_t i = 0; i < matrices_.size(); ++i) {
    if (workspace.isLazy[i]) continue;
    const Matrix& m = matrices_[i];
    const size_t cost = rowCost(m);
    const auto rowAt = [&](size_t place) {
      const size_t row = place <= before ? 0 : (place - before) / cost;
      return row >= m.rows ? m.rows : row / kPaired * kPaired;
    };
    const size_t end = rowAt(share.end);
    for (size_t row = rowAt(share.begin); row < end; row += blockRows(m))
      visit(i, Range{row, std::min(end, row + blockRows(m))});
    before += m.rows * cost;
  }
}

}  // namespace glissade
