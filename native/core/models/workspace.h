#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "data/dataset.h"
#include "kernels/kernels.h"
#include "layers/layer.h"
#include "models/inputs.h"
#include "models/network.h"
#include "parallel/team.h"

namespace glissade {

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

/// A member's part of a minibatch, where each row is worked on by one.
inline Range shareOfRows(const Member& member, size_t count) { return member.share(count, ParameterMatrices::kPaired); }

/// The memory of a minibatch's way through a network, and that way: forward to the outputs, back to the gradient with
/// respect to the parameters, which are lent for each call.
///
/// What takes a member is called by all members of a team together.
template <typename Real>
class Workspace {
 public:
  /// Where a way through the network ends: at its outputs, or, where the last layer is a softmax, at the logits before.
  enum class End { outputs, logits };

  /// For minibatches of up to so many rows, and for one member, until `employ` is called. The network must outlive it.
  Workspace(const Network<Real>& network, const Kernels& kernels, size_t rows, Use use, Precision precision,
            End end = End::outputs);

  /// How many rows there is room for.
  size_t rows() const { return rows_; }
  /// Whether it is of such a kernel table and precision.
  bool serves(const Kernels& kernels, Precision precision) const {
    return &kernels_ == &kernels && precision_ == precision;
  }
  /// How many numbers the members' own memory has.
  size_t scratchSize() const;

  /// Lets so many members of a team work in it, at least. Where a layer has no room for more, these find nothing to do.
  void employ(size_t members);

  /// Leaves the gradient of a sparse matrix to `touchedGradient`; `forEachBlock` then passes it by.
  void leaveToTouched(size_t matrix) { leftOut_[matrix] = true; }

  /// Brings what is kept of the parameters up to date, before they are used. A barrier must follow.
  void refresh(const Member& member, const Real* parameters) {
    if (precision_ == Precision::full) return;
    forEachBlock(member, [&](size_t matrix, const Range& rows) { refreshBlock(parameters, matrix, rows); });
  }
  void refreshBlock(const Real* parameters, size_t matrix, const Range& rows);

  /// Brings this member's share of some rows, by their numbers in the data's tables, into the workspace. A barrier must
  /// follow.
  void gather(const Member& member, const Dataset& data, const uint32_t* rows, size_t count);

  /// Makes room for `touch` of some rows, by their numbers in the data's tables; returns how many rows of a sparse
  /// matrix they touch at most.
  size_t reserveTouched(const Dataset& data, const uint32_t* rows, size_t count);
  /// After `gather` and `reserveTouched`: finds which rows of sparse matrices the minibatch touches. A barrier must
  /// follow.
  void touch(const Member& member, size_t count);
  const TouchedRows& touchedOf(size_t matrix) const {
    const auto& m = network_.matrices()[matrix];
    return layers_[m.layer].touched[m.index];
  }

  /// The rows that were gathered → `outputs`, row-major. Each member returns past a barrier.
  void forward(const Member& member, const Batch& batch, const Track<const Real>& parameters,
               const Track<Real>& outputs);

  /// After `forward` of the same rows: from the gradient with respect to the outputs, which is overwritten, to the
  /// delta of each layer. A barrier must follow.
  void backward(const Member& member, const Batch& batch, const Track<const Real>& parameters,
                const Track<Real>& outputs, const Track<Real>& outputGradient);

  /// The largest magnitude of a layer's input and of a delta among some rows. Where Network::boundsGradient(), a
  /// gradient is at most their product, times the number of rows. That of the network's inputs is given, or infinite if
  /// not known.
  struct Factors {
    double input, delta;
  };
  Factors largestFactors(const Range& rows, double largestInput);

  /// Calls visit(matrix, rows) for the blocks of this member's share of all parameters.
  template <typename Visit>
  void forEachBlock(const Member& member, Visit visit) const {
    if (member.index() >= workers_) return;
    network_.matrices().forEachBlock(Member(member.index(), std::min(member.count(), workers_)), leftOut_, visit);
  }

  /// After `backward` of the minibatch: the gradient with respect to a block.
  void blockGradient(const Member& member, const Batch& batch, const Track<const Real>& parameters, size_t matrix,
                     const Range& rows, const Track<Real>& gradient);
  /// After `backward` and `touch` of the minibatch: the gradient with respect to some of the rows that it touches.
  void touchedGradient(const Member& member, const Batch& batch, const Track<const Real>& parameters, size_t matrix,
                       const Range& touched, const Track<Real>& gradient);

  /// After a minibatch in training has gone forward: running statistics follow it.
  void updateStatistics(const Batch& batch, Real* parameters);

 private:
  void allocateInputs();
  void allocateLayer(size_t layer, Use use);
  void connect(size_t layer, size_t from, Use use);
  Pass<Real> passOf(const Member& member, const Batch& batch, const Track<const Real>& parameters, size_t layer,
                    const Track<Real>& outputs = {});
  void collectDelta(const Pass<Real>& pass, size_t layer);
  const Layer<Real>& layer(size_t i) const { return *network_.nodes_[i].layer; }
  size_t width() const { return kernels_.of<Real>().panelWidth; }
  bool isLast(size_t layer) const { return layer + 1 == depth_; }
  /// Whether the way back goes on from a layer.
  bool leads(size_t layer) const { return network_.leads_[layer] || isLast(layer); }

  const Network<Real>& network_;
  const Kernels& kernels_;  // whose panels it has
  size_t rows_;
  Precision precision_;
  Tangents tangents_;
  std::vector<InputMemory<Real>> inputs_;
  std::vector<LayerMemory<Real>> layers_;
  size_t depth_ = 0;                                        // how many layers it goes through
  std::vector<std::vector<Variable<Real>>> contributions_;  // to the delta of each layer that several layers read
  size_t workers_ = SIZE_MAX;                               // members that can find gradients of parameters
  std::vector<bool> leftOut_;                               // matrices, by forEachBlock
};

}  // namespace glissade
