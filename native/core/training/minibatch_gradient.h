#pragma once

#include <vector>

#include "matrix/buffer.h"
#include "models/workspace.h"
#include "optimizers/gradient.h"
#include "training/trained_model.h"

namespace glissade {

/// The gradient of a minibatch's loss with respect to all parameters: for every row of most matrices, and for the
/// touched rows of lazy ones.
template <typename Real>
class MinibatchGradient {
 public:
  /// `model` must outlive this.
  explicit MinibatchGradient(const TrainedModel<Real>& model) : model_(model), lazy_(model.lazy.size()) {}

  /// Makes room for the gradient of the minibatch that `workspace` holds. One member calls this, before a barrier.
  /// @throws std::bad_alloc
  void reserve(const Workspace<Real>& workspace);

  /// After `Workspace::backward`: finds the gradient at `point`. All members call this together. A barrier precedes the
  /// return.
  void collect(const Member& member, const Batch& batch, const Real* point, Workspace<Real>& workspace);

  /// Zeroes this member's share of the gradient. There must be no lazy matrices.
  void clear(const Member& member);

  /// The largest magnitude in this member's share of the gradient, and in that of the parameters that it is for.
  Real largest(const Member& member, const Workspace<Real>& workspace) const;
  Real largestParameter(const Member& member, const Workspace<Real>& workspace) const;

  /// The gradients, by tensor.
  const Gradient* data() const { return gradients_.data(); }

 private:
  const std::vector<uint32_t>& touchedRows(const Workspace<Real>& workspace, size_t lazy) const {
    return workspace.touchedOf(model_.lazy[lazy].matrix).rows();
  }
  size_t columns(size_t lazy) const { return model_.network->matrices()[model_.lazy[lazy].matrix].columns; }
  Real largestInBlocks(const Member& member, const Workspace<Real>& workspace, const Real* slab) const;

  const TrainedModel<Real>& model_;
  Buffer<Real> slab_;               // of all parameters, allocated when first needed
  std::vector<Buffer<Real>> lazy_;  // of the touched rows of each lazy matrix
  std::vector<Gradient> gradients_;
};

}  // namespace glissade
