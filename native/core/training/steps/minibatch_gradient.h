#pragma once

#include <optional>
#include <vector>

#include "matrix/buffer.h"
#include "models/workspace.h"
#include "optimizers/gradient.h"
#include "training/steps/gradient_exchange.h"
#include "training/steps/trained_model.h"

namespace glissade {

/// The gradient of a minibatch's loss with respect to all parameters: for every row of most matrices, and for the
/// touched rows of lazy ones.
template <typename Real>
class MinibatchGradient {
 public:
  /// `model` must outlive this. `ranks` are those that share minibatches; null: this process alone.
  MinibatchGradient(const TrainedModel<Real>& model, Communicator* ranks)
      : model_(model), ranks_(ranks), lazy_(model.lazy.size()) {}

  /// Makes room for the gradient of the minibatch that `workspace` holds. One member calls this, before a barrier.
  /// @throws std::bad_alloc
  void reserve(const Workspace<Real>& workspace);

  /// After `Workspace::backward`: finds the gradient at `point`. All members call this together. A barrier precedes the
  /// return. Where ranks share minibatches, sums over them have begun, and `sumOverRanks` must follow.
  void collect(const Member& member, const Batch& batch, const Real* point, Workspace<Real>& workspace);

  /// After `collect`: calls visit(matrix, rows, gradient) for this member's blocks as soon as the sums over ranks are
  /// there, times `factor`. All members call this together. A barrier must follow before another member's blocks are
  /// read.
  template <typename Visit>
  void sumOverRanks(const Member& member, const Workspace<Real>& workspace, Real factor, Visit visit) {
    for (size_t stage = 0; stage < exchange_->stages(); ++stage) {
      if (member.isFirst()) exchange_->finish(stage);
      member.barrier();
      if (ranks_->hasFailed()) return;  // these are no sums
      for (const size_t matrix : exchange_->matricesOf(stage))
        workspace.forEachBlockOf(matrix, member, [&](size_t, const Range& rows) {
          const Range place = model_.network->matrices()[matrix].elements(rows);
          scale(factor, slab_.data(), place);
          visit(matrix, rows, slab_.data() + place.begin);
          if (member.isFirst()) exchange_->advance();
        });
    }
    if (lazy_.empty()) return;
    if (member.isFirst()) exchange_->finishTouchedRows();
    member.barrier();
    for (size_t i = 0; i < lazy_.size(); ++i)
      scale(factor, lazy_[i].data(), member.share(touchedRows(workspace, i).size() * columns(i)));
  }

  /// Zeroes this member's share of the gradient. There must be no lazy matrices.
  void clear(const Member& member);

  /// The largest magnitude in this member's share of the gradient, and in that of the parameters that it is for.
  Real largest(const Member& member, const Workspace<Real>& workspace) const;
  Real largestParameter(const Member& member, const Workspace<Real>& workspace) const;

  /// The gradients, by tensor.
  const Gradient* data() const { return gradients_.data(); }

 private:
  static void scale(Real factor, Real* numbers, const Range& place) {
    if (factor == 1) return;
    for (size_t i = place.begin; i < place.end; ++i) numbers[i] *= factor;
  }
  const std::vector<uint32_t>& touchedRows(const Workspace<Real>& workspace, size_t lazy) const {
    return workspace.touchedOf(model_.lazy[lazy].matrix).rows();
  }
  size_t columns(size_t lazy) const { return model_.network->matrices()[model_.lazy[lazy].matrix].columns; }
  Real largestInBlocks(const Member& member, const Workspace<Real>& workspace, const Real* slab) const;

  const TrainedModel<Real>& model_;
  Communicator* const ranks_;
  Buffer<Real> slab_;               // of all parameters, allocated when first needed
  std::vector<Buffer<Real>> lazy_;  // of the touched rows of each lazy matrix
  std::vector<Gradient> gradients_;
  std::optional<GradientExchange<Real>> exchange_;
};

}  // namespace glissade
