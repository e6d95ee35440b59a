#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "matrix/buffer.h"
#include "models/workspace.h"
#include "optimizers/gradient.h"
#include "training/steps/attempt.h"
#include "training/steps/trained_model.h"

namespace glissade {

/// A minibatch after its backward pass, and the point at which its gradient is taken.
template <typename Real>
struct PassedMinibatch {
  const Batch& batch;
  const Real* point;
  Workspace<Real>& workspace;
};

/// The gradient of a minibatch's loss with respect to all parameters: for every row of most matrices, and for the
/// touched rows of lazy ones.
template <typename Real>
class MinibatchGradient {
 public:
  /// `model` must outlive this.
  explicit MinibatchGradient(const TrainedModel<Real>& model) : model_(model), lazy_(model.lazy.size()) {}

  /// Makes room for the gradient of the minibatch in `workspace`. All members call this together. It returns
  /// whether memory sufficed. A barrier precedes the return.
  bool reserve(const Member& member, const Workspace<Real>& workspace) {
    const auto makeRoom = [&] {
      const Network<Real>& network = *model_.network;
      if (slab_.size() == 0) {
        gradients_.reserve(network.tensors().size());
        slab_ = Buffer<Real>(network.parameterCount());
        for (const NetworkTensor& tensor : network.tensors()) gradients_.push_back({slab_.data() + tensor.offset});
      }
      for (size_t i = 0; i < lazy_.size(); ++i) {
        const std::vector<uint32_t>& rows = rowsOf(workspace, i);
        const size_t size = rows.size() * columns(i);
        if (lazy_[i].size() < size) lazy_[i] = Buffer<Real>(size + size / 2);
        gradients_[model_.lazy[i].array] = {lazy_[i].data(), false, &rows};
      }
    };
    if (member.isFirst()) hasRoom_ = attempt(makeRoom);
    member.barrier();
    return hasRoom_;
  }

  /// Computes the gradient. All members call this together. A barrier precedes the return.
  void find(const Member& member, const PassedMinibatch<Real>& minibatch) {
    minibatch.workspace.forEachBlock(
        member, [&](size_t matrix, const Range& rows) { findBlock(member, minibatch, matrix, rows); });
    findTouchedRows(member, minibatch);
    member.barrier();
  }

  // The same in parts: this member's blocks, which `forEachBlock` of the workspace visits, and its touched rows. A
  // barrier must follow.
  void findBlock(const Member& member, const PassedMinibatch<Real>& minibatch, size_t matrix, const Range& rows) {
    const auto& [batch, point, workspace] = minibatch;
    const Range place = model_.network->matrices()[matrix].elements(rows);
    if (batch.count > 0)
      workspace.blockGradient(member, batch, {point, nullptr}, matrix, rows, {slab_.data() + place.begin, nullptr});
    else  // a rank may have no part in a small minibatch
      std::fill(slab_.data() + place.begin, slab_.data() + place.end, Real(0));
  }
  void findTouchedRows(const Member& member, const PassedMinibatch<Real>& minibatch) {
    const auto& [batch, point, workspace] = minibatch;
    for (size_t i = 0; i < lazy_.size(); ++i) {
      const Range share = member.share(rowsOf(workspace, i).size());
      workspace.touchedGradient(member, batch, {point, nullptr}, model_.lazy[i].matrix, share,
                                {lazy_[i].data() + share.begin * columns(i), nullptr});
    }
  }

  /// After `reserve`: the gradient with respect to all parameters, in the order of the slab; and that of a lazy
  /// matrix, for the rows that the minibatch touches.
  Real* slab() { return slab_.data(); }
  std::span<Real> touchedRows(const Workspace<Real>& workspace, size_t lazy) {
    return {lazy_[lazy].data(), rowsOf(workspace, lazy).size() * columns(lazy)};
  }

  /// Zeroes this member's share of the gradient. There must be no lazy matrices.
  void clear(const Member& member) {
    const Range share = member.share(slab_.size());
    std::fill(slab_.data() + share.begin, slab_.data() + share.end, Real(0));
  }

  /// The largest magnitude in this member's share of the gradient, and in that of the parameters that it is for.
  Real largest(const Member& member, const Workspace<Real>& workspace) const {
    if (lazy_.empty()) return model_.largestOfShare(member, slab_.data());
    Real largest = largestInBlocks(member, workspace, slab_.data());
    for (size_t i = 0; i < lazy_.size(); ++i) {
      const Range share = member.share(rowsOf(workspace, i).size() * columns(i));
      largest = std::max(largest, model_.largest(lazy_[i].data(), share));
    }
    return largest;
  }
  Real largestParameter(const Member& member, const Workspace<Real>& workspace) const {
    if (lazy_.empty()) return model_.largestOfShare(member, model_.parameters);
    Real largest = largestInBlocks(member, workspace, model_.parameters);
    for (size_t i = 0; i < lazy_.size(); ++i) {
      const std::vector<uint32_t>& rows = rowsOf(workspace, i);
      const Range share = member.share(rows.size());
      const ParameterMatrices::Matrix& matrix = model_.network->matrices()[model_.lazy[i].matrix];
      const Real ofRows = model_.kernels.template of<Real>().magnitudeOfRows(
          model_.parameters + matrix.offset, matrix.columns, rows.data() + share.begin, share.end - share.begin);
      largest = std::max(largest, ofRows);
    }
    return largest;
  }

  /// The gradients, by tensor.
  const Gradient* data() const { return gradients_.data(); }

 private:
  const std::vector<uint32_t>& rowsOf(const Workspace<Real>& workspace, size_t lazy) const {
    return workspace.touchedOf(model_.lazy[lazy].matrix).rows();
  }
  size_t columns(size_t lazy) const { return model_.network->matrices()[model_.lazy[lazy].matrix].columns; }
  /// The largest absolute value of the gradient in this member's blocks. Matrices with sparse gradients have no blocks.
  Real largestInBlocks(const Member& member, const Workspace<Real>& workspace, const Real* slab) const {
    Real largest = 0;
    workspace.forEachBlock(member, [&](size_t matrix, const Range& rows) {
      largest = std::max(largest, model_.largest(slab, model_.network->matrices()[matrix].elements(rows)));
    });
    return largest;
  }

  const TrainedModel<Real>& model_;
  Buffer<Real> slab_;               // of all parameters, allocated when first needed
  std::vector<Buffer<Real>> lazy_;  // of the touched rows of each lazy matrix
  std::vector<Gradient> gradients_;
  bool hasRoom_ = false;
};

}  // namespace glissade
