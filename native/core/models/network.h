#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "layers/layer.h"

namespace glissade {

/// A parameter tensor in the slab that holds all parameters of a network.
struct TensorPlace {
  std::string name;  // "layers.0.weight"
  std::vector<size_t> shape;
  size_t offset, size;
  bool decays;
};

/// The memory of one minibatch's way through a network.
template <typename Real>
struct Workspace {
  const Kernels* kernels;  // whose panels it has
  size_t rows;
  Precision precision;
  PanelBuffer<Real> inputs;
  std::vector<LayerMemory<Real>> layers;
};

inline constexpr size_t kPaired = 2;  // rows that make pairs go together

/// A member's part of a minibatch, where each row is worked on by one.
inline Range shareOfRows(const Member& member, size_t count) { return member.share(count, kPaired); }

/// A chain of layers. It holds no parameters: they live in a slab that is lent for each call.
template <typename Real>
class Network {
 public:
  explicit Network(std::vector<std::unique_ptr<Layer<Real>>> layers);

  size_t inputs() const { return layers_.front()->inputs(); }
  size_t outputs() const { return layers_.back()->outputs(); }
  const std::vector<TensorPlace>& tensors() const { return tensors_; }
  size_t parameterCount() const { return parameterCount_; }

  /// @throws Error ERR_SHAPE where the rows of `data` are no inputs of this network.
  void checkInputs(const Dataset& data) const;

  /// @throws Error ERR_INVALID_ARGUMENT where a layer can't compute in it.
  void checkPrecision(Precision precision) const;

  void initialize(uint64_t seed, Real* parameters) const;

  Workspace<Real> allocate(const Kernels& kernels, size_t rows, Use use, Precision precision) const;

  /// Brings what the workspace keeps of the parameters up to date, before they are used. All members of a team call
  /// this together, and a barrier must follow.
  void refresh(const Member& member, const Real* parameters, Workspace<Real>& workspace) const {
    if (workspace.precision == Precision::full) return;
    forEachBlock(member, [&](size_t layer, const Range& rows) { refreshBlock(parameters, workspace, layer, rows); });
  }
  void refreshBlock(const Real* parameters, Workspace<Real>& workspace, size_t layer, const Range& rows) const {
    layers_[layer]->refresh(*workspace.kernels, workspace.layers[layer], rows, parameters + offsets_[layer]);
  }

  /// The first `count` rows of workspace.inputs → `outputs`, row-major. All members call this together; each returns
  /// past a barrier.
  void forward(const Member& member, size_t count, const Real* parameters, Workspace<Real>& workspace,
               Real* outputs) const;

  /// After `forward` of the same rows: from the gradient with respect to the outputs, which is overwritten, to the
  /// delta of each layer. All members call this together, and a barrier must follow.
  void backward(const Member& member, size_t count, const Real* parameters, Workspace<Real>& workspace,
                const Real* outputs, Real* outputGradient) const;

  /// The largest size of a layer's input and of a delta among some rows. The gradient with respect to a parameter is at
  /// most their product, times the number of rows. That of the network's inputs is given, or infinite if not known.
  struct Factors {
    double input, delta;
  };
  Factors largestFactors(Workspace<Real>& workspace, const Range& rows, double largestInput) const;

  /// Calls visit(layer, rows) for this member's share of all parameters, so many rows at a time that their gradient
  /// stays in the first-level cache, or, of wide layers, in the second.
  template <typename Visit>
  void forEachBlock(const Member& member, Visit visit) const;

  /// How many numbers a block has, at most.
  size_t blockSize() const;

  /// After `backward` of the minibatch's first `count` rows.
  void blockGradient(Workspace<Real>& workspace, size_t count, size_t layer, const Range& rows, Real* gradient) const {
    layers_[layer]->parameterGradient(*workspace.kernels, workspace.layers[layer], count, rows, gradient);
  }

  /// Where a block of parameters lies in the slab.
  Range placeOf(size_t layer, const Range& rows) const {
    const size_t width = layers_[layer]->outputs();
    return {offsets_[layer] + rows.begin * width, offsets_[layer] + rows.end * width};
  }

 private:
  static constexpr size_t kBlock = 8192;  // numbers
  static constexpr size_t kBlockRows = 32;

  size_t blockRows(size_t layer) const {
    const size_t width = layers_[layer]->outputs();
    return std::max(kBlock / width / kBlockRows * kBlockRows, kBlockRows);
  }

  Pass<Real> passOf(const Member& member, size_t count, const Real* parameters, Workspace<Real>& workspace,
                    size_t layer, Real* outputs = nullptr) const {
    LayerMemory<Real>& memory = workspace.layers[layer];
    const bool isLast = layer + 1 == layers_.size();
    const Panels<Real> output =
        isLast ? rowMajor(workspace.kernels->template of<Real>(), outputs, this->outputs()) : memory.outputs.panels();
    return {*workspace.kernels,           member, count, shareOfRows(member, count),
            parameters + offsets_[layer], output, memory};
  }

  /// What a row of parameters costs, in numbers that are computed.
  size_t rowCost(size_t layer) const {
    constexpr size_t kLanes = 16;
    return (layers_[layer]->outputs() + kLanes - 1) / kLanes * kLanes;
  }

  std::vector<std::unique_ptr<Layer<Real>>> layers_;
  std::vector<size_t> offsets_;  // of each layer's parameters
  std::vector<TensorPlace> tensors_;
  size_t parameterCount_ = 0;
};

template <typename Real>
template <typename Visit>
void Network<Real>::forEachBlock(const Member& member, Visit visit) const {
  size_t total = 0;
  for (size_t i = 0; i < layers_.size(); ++i) total += layers_[i]->parameterRows() * rowCost(i);
  const Range share = member.share(total);
  size_t before = 0;
  for (size_t i = 0; i < layers_.size(); ++i) {
    const size_t rows = layers_[i]->parameterRows(), cost = rowCost(i);
    const auto rowAt = [&](size_t place) {
      const size_t row = place <= before ? 0 : (place - before) / cost;
      return row >= rows ? rows : row / kPaired * kPaired;
    };
    const size_t end = rowAt(share.end);
    for (size_t row = rowAt(share.begin); row < end; row += blockRows(i))
      visit(i, Range{row, std::min(end, row + blockRows(i))});
    before += rows * cost;
  }
}

}  // namespace glissade
