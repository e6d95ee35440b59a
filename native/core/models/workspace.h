#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "data/dataset.h"
#include "kernels/kernels.h"
#include "layers/layer.h"
#include "models/inputs.h"
#include "models/memory_plan.h"
#include "models/network.h"
#include "models/ownership.h"
#include "parallel/team.h"

namespace glissade {

/// An input block of a minibatch: numbers, categories, or rows of a sparse table.
template <typename Real>
struct InputMemory {
  Shape shape;
  bool isRowMajor = false;  // images that no layer reads with a column of ones: they are quicker to gather
  Flow<Real> numbers{};     // a row for each position of each example
  std::vector<uint32_t> codes{};
  SparseInput sparse{};

  /// The matrix with a row for each example, which is row-major or of one position.
  Panels<Real> examples() const {
    return {numbers.data.values, numbers.panelStride, isRowMajor ? shape.size() : numbers.rowStride};
  }
};

/// A member's share of a minibatch, where each example belongs to one member.
inline Range shareOfRows(const Member& member, size_t count) { return member.share(count, ParameterMatrices::kPaired); }

/// Takes minibatches through a network, in memory of its own: forward to the outputs, backward to the gradient with
/// respect to the parameters. Each call borrows the parameters.
///
/// All members of a team call a function that takes a member together, unless it says otherwise.
template <typename Real>
class Workspace {
 public:
  using End = glissade::End;

  /// For minibatches of up to `rows` rows and, until `setTeamSize` is called, one member. The network must outlive it.
  /// `forward` ends where Network::depth(end, mode) says.
  Workspace(const Network<Real>& network, const Kernels& kernels, size_t rows, Use use, Precision precision,
            End end = End::outputs, Mode mode = Mode::evaluation);

  /// How many rows there is room for.
  size_t rows() const { return rows_; }
  /// The positions of an example's outputs: its members, if their mean is left out.
  size_t positions() const { return shapeOf(depth_ - 1).positions(); }
  /// Whether it was made for this kernel table and precision.
  bool serves(const Kernels& kernels, Precision precision) const {
    return &kernels_ == &kernels && precision_ == precision;
  }
  /// Whether `backward` visits a layer.
  bool isVisitedBackward(size_t layer) const { return leads_[layer] || isLast(layer); }
  /// How the team's members divide the work on one of a layer's matrices.
  Division divisionOf(size_t layer, size_t matrix = 0) const { return layers_[layer]->matrices[matrix].division; }
  /// The bytes of all members' scratch.
  size_t scratchSize() const { return scratch_.size() * scratchOfMember_; }
  /// The bytes of inputs, outputs, preactivations and deltas, and what they would take if none shared memory.
  size_t memorySize() const { return memory_.size(); }
  size_t memorySizeApart() const { return bytesApart_; }

  /// Allocates scratch for each of this many members. Where a layer needs scratch, further members get no blocks.
  void setTeamSize(size_t members);

  /// Makes room for what layers exchange where this many ranks share minibatches.
  void reserveForRanks(size_t ranks) {
    for (size_t i = 0; i < depth_; ++i) layer(i).reserveForRanks(ranks, *layers_[i]);
  }

  /// Leaves the gradient of a sparse matrix to `touchedGradient`; `forEachBlock` then skips it.
  void leaveToTouched(size_t matrix) { ownership_.leaveOut(matrix); }
  /// Computes no gradients with respect to these matrices, and no deltas that only they would need.
  void freeze(const std::vector<bool>& matrices);

  /// Converts changed parameters to the form that products read (bfloat16 pairs). A barrier must follow.
  void refresh(const Member& member, const Real* parameters) {
    if (precision_ == Precision::full) return;
    refreshed_.forEachBlock(member, [&](size_t matrix, const Range& rows) { refreshBlock(parameters, matrix, rows); });
  }
  void refreshBlock(const Real* parameters, size_t matrix, const Range& rows);

  /// Gathers this member's share of the examples with indices `rows` in a dataset. A barrier must follow.
  void gather(const Member& member, const Dataset& data, const uint32_t* rows, size_t count);

  /// What the last layer chooses for the classes of a minibatch (Layer::choose), and how many outputs a row has: those,
  /// where it has chosen any.
  Choice choice() const { return layer(depth_ - 1).choice(); }
  size_t outputColumns() const {
    return chosenTargets() ? layer(depth_ - 1).chosenColumns() : shapeOf(depth_ - 1).channels;
  }
  /// Lets the last layer choose scores for this member's examples, after their classes were gathered; or compute all,
  /// if these are null. A barrier must follow.
  void choose(const Member& member, const Batch& batch, const Real* classes);
  /// The targets of what it has chosen, row-major; null if all outputs are computed.
  const Real* chosenTargets() const { return layers_[depth_ - 1]->chosenTargets; }

  /// Makes room for `touch`, for the examples with indices `rows` in a dataset. Returns how many rows of one sparse
  /// matrix they touch at most.
  size_t reserveTouched(const Dataset& data, const uint32_t* rows, size_t count);
  /// After `gather` and `reserveTouched`: finds which rows of sparse matrices the minibatch touches. A barrier must
  /// follow.
  void touch(const Member& member, size_t count);
  /// After `touch`: notes that rows of a sparse matrix count as touched. One member calls this.
  void includeTouched(size_t matrix, std::span<const uint32_t> rows) {
    const auto& m = network_.matrices()[matrix];
    layers_[m.layer]->matrices[m.index].touched.include(rows);
  }
  const TouchedRows& touchedOf(size_t matrix) const {
    const auto& m = network_.matrices()[matrix];
    return layers_[m.layer]->matrices[m.index].touched;
  }

  /// From the gathered examples to `outputs`, row-major. A barrier precedes the return.
  void forward(const Member& member, const Batch& batch, const Track<const Real>& parameters,
               const Track<Real>& outputs);

  /// After `forward` of the minibatch: from the gradient with respect to the outputs, which is overwritten, to the
  /// delta of each layer. A barrier must follow.
  void backward(const Member& member, const Batch& batch, const Track<const Real>& parameters,
                const Track<Real>& outputs, const Track<Real>& outputGradient);

  /// The largest magnitudes of layers' inputs and of deltas among some rows. If Network::boundsGradient(), no gradient
  /// exceeds their product times the number of rows. `largestInput` is that of the network's inputs; infinity if not
  /// known.
  struct Factors {
    double input, delta;
  };
  Factors largestFactors(const Range& rows, double largestInput);

  /// Calls visit(matrix, rows) for the blocks of this member's share of all parameters.
  template <typename Visit>
  void forEachBlock(const Member& member, Visit visit) const {
    if (member.index() >= workers()) return;
    ownership_.forEachBlock(Member(member.index(), std::min(member.count(), workers())), visit);
  }

  /// The same for the blocks of one matrix.
  template <typename Visit>
  void forEachBlockOf(size_t matrix, const Member& member, Visit visit) const {
    if (member.index() >= workers()) return;
    ownership_.forEachBlockOf(matrix, Member(member.index(), std::min(member.count(), workers())), visit);
  }
  /// Whether a matrix has no blocks: it is frozen, or left to `touchedGradient`.
  bool isLeftOut(size_t matrix) const { return ownership_.isLeftOut(matrix); }

  /// After `backward` of the minibatch: the gradient with respect to a block. One member calls this.
  void blockGradient(const Member& member, const Batch& batch, const Track<const Real>& parameters, size_t matrix,
                     const Range& rows, const Track<Real>& gradient);
  /// After `backward` and `touch` of the minibatch: the gradient with respect to some touched rows. One member
  /// calls this.
  void touchedGradient(const Member& member, const Batch& batch, const Track<const Real>& parameters, size_t matrix,
                       const Range& touched, const Track<Real>& gradient);

  /// After `forward` in training: moves running statistics towards those of the minibatch. One member calls this.
  void updateStatistics(const Batch& batch, Real* parameters);

 private:
  bool needsOnes(size_t source) const;
  bool hasOneReader(size_t source) const { return readers_[source].size() == 1; }
  void makeLayers(Use use);
  void layOut(Use use);
  void connect(Use use);
  size_t lastUseOfOutputs(size_t layer, Use use) const;
  Pass<Real> passOf(const Member& member, const Batch& batch, const Track<const Real>& parameters, size_t layer,
                    const Track<Real>& outputs = {});
  void gatherNumbers(const Member& member, const Table& table, const uint32_t* rows, size_t count, size_t input);
  void collectDelta(const Pass<Real>& pass, size_t layer);
  const Layer<Real>& layer(size_t i) const { return *network_.nodes_[i].layer; }
  const Shape& shapeOf(size_t i) const { return network_.outputsOf(i); }  // of a layer's outputs
  size_t width() const { return kernels_.of<Real>().panelWidth; }
  bool isLast(size_t layer) const { return layer + 1 == depth_; }
  /// How many members have scratch, and so can compute gradients of parameters.
  size_t workers() const { return scratchOfMember_ > 0 ? scratch_.size() : SIZE_MAX; }

  const Network<Real>& network_;
  const Kernels& kernels_;  // which says how wide panels are
  size_t rows_;
  Precision precision_;
  Tangents tangents_;
  std::vector<InputMemory<Real>> inputs_;
  std::vector<std::vector<size_t>> readers_;  // of each input, then of each layer: the layers that read it
  std::vector<std::unique_ptr<LayerMemory<Real>>> layers_;
  size_t depth_ = 0;                                    // how many layers are computed
  std::vector<std::vector<Flow<Real>>> contributions_;  // to the delta of each layer that several layers read
  Buffer<std::byte> memory_;                            // of inputs, outputs, preactivations and deltas
  size_t bytesApart_ = 0;                               // what these would take without sharing
  size_t scratchOfMember_ = 0;                          // the most bytes that a layer needs
  std::vector<Buffer<std::byte>> scratch_;              // by member; none if no layer needs any
  std::vector<const Panels<Pair>*> gatheredPairs_;      // of each input: where it is gathered in pairs, or null
  std::vector<bool> leads_;                             // whether a layer or one of its sources trains
  Ownership ownership_, refreshed_;                     // of gradients, of pairs of bfloat16
};

}  // namespace glissade
