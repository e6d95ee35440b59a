#pragma once

#include <vector>

#include "matrix/buffer.h"
#include "models/workspace.h"
#include "optimizers/gradient.h"
#include "training/trained_model.h"

namespace glissade {

/// The gradient of a minibatch's loss with respect to all parameters: of every row of most matrices, and of the touched
/// rows of those that are updated lazily.
template <typename Real>
class MinibatchGradient {
 public:
  /// The model outlives this.
  explicit MinibatchGradient(const TrainedModel<Real>& model) : model_(model), lazy_(model.lazy.size()) {}

  /// Makes room for the gradient of the minibatch in a workspace. One member calls this, before a barrier.
  /// @throws std::bad_alloc
  void reserve(const Workspace<Real>& workspace);

  /// After `Workspace::backward`: finds the gradient at a point. All members call this together; each returns past a
  /// barrier.
  void collect(const Member& member, const Batch& batch, const Real* point, Workspace<Real>& workspace);

  /// Makes this member's share of the gradient zero.
  void clear(const Member& member);

  /// The largest magnitude in this member's share of the gradient; and of the parameters that it is for.
  Real largest(const Member& member, const Workspace<Real>& workspace) const;
  Real largestParameter(const Member& member, const Workspace<Real>& workspace) const;

  /// By tensor.
  const Gradient* data() const { return gradients_.data(); }

 private:
  const std::vector<uint32_t>& touchedRows(const Workspace<Real>& workspace, size_t lazy) const {
    return workspace.touchedOf(model_.lazy[lazy].matrix).rows();
  }
  size_t columns(size_t lazy) const { return model_.network->matrices()[model_.lazy[lazy].matrix].columns; }
  Real largestInBlocks(const Member& member, const Workspace<Real>& workspace, const Real* slab) const;

  const TrainedModel<Real>& model_;
  Buffer<Real> slab_;               // of all parameters, once it is needed
  std::vector<Buffer<Real>> lazy_;  // of the touched rows of each lazy matrix
  std::vector<Gradient> gradients_;
};

}  // namespace glissade
