#include "training/steps/minibatch_gradient.h"

#include <algorithm>

#include "arch/magnitude.h"

namespace glissade {

template <typename Real>
void MinibatchGradient<Real>::reserve(const Workspace<Real>& workspace) {
  const Network<Real>& network = *model_.network;
  if (slab_.size() == 0) {
    gradients_.reserve(network.tensors().size());
    slab_ = Buffer<Real>(network.parameterCount());
    if (ranks_) exchange_.emplace(*ranks_, model_, workspace);
    for (const NetworkTensor& tensor : network.tensors()) gradients_.push_back({slab_.data() + tensor.offset});
  }
  for (size_t i = 0; i < lazy_.size(); ++i) {
    const std::vector<uint32_t>& rows = touchedRows(workspace, i);
    const size_t size = rows.size() * columns(i);
    if (lazy_[i].size() < size) lazy_[i] = Buffer<Real>(size + size / 2);
    gradients_[model_.lazy[i].array] = {lazy_[i].data(), false, &rows};
  }
}

template <typename Real>
void MinibatchGradient<Real>::collect(const Member& member, const Batch& batch, const Real* point,
                                      Workspace<Real>& workspace) {
  const Network<Real>& network = *model_.network;
  const auto find = [&](size_t matrix, const Range& rows) {
    const Range place = network.matrices()[matrix].elements(rows);
    if (batch.count > 0)
      workspace.blockGradient(member, batch, {point, nullptr}, matrix, rows, {slab_.data() + place.begin, nullptr});
    else  // a rank may have no part in a small minibatch
      std::fill(slab_.data() + place.begin, slab_.data() + place.end, Real(0));
    if (exchange_ && member.isFirst()) exchange_->advance();
  };
  if (!exchange_) workspace.forEachBlock(member, find);
  if (exchange_ && member.isFirst()) exchange_->restart();
  for (size_t stage = 0; exchange_ && stage < exchange_->stages(); ++stage) {
    for (const size_t matrix : exchange_->matricesOf(stage)) workspace.forEachBlockOf(matrix, member, find);
    member.barrier();
    if (member.isFirst()) exchange_->begin(stage, slab_.data());
  }
  for (size_t i = 0; i < lazy_.size(); ++i) {
    const Range share = member.share(touchedRows(workspace, i).size());
    workspace.touchedGradient(member, batch, {point, nullptr}, model_.lazy[i].matrix, share,
                              {lazy_[i].data() + share.begin * columns(i), nullptr});
  }
  member.barrier();
  for (size_t i = 0; exchange_ && member.isFirst() && i < lazy_.size(); ++i)
    exchange_->beginTouchedRows(lazy_[i].data(), touchedRows(workspace, i).size() * columns(i));
}

template <typename Real>
void MinibatchGradient<Real>::clear(const Member& member) {
  const Range share = member.share(slab_.size());
  std::fill(slab_.data() + share.begin, slab_.data() + share.end, Real(0));
}

/// The largest magnitude in this member's blocks. Lazy matrices have no blocks.
template <typename Real>
Real MinibatchGradient<Real>::largestInBlocks(const Member& member, const Workspace<Real>& workspace,
                                              const Real* slab) const {
  Real largest = 0;
  workspace.forEachBlock(member, [&](size_t matrix, const Range& rows) {
    largest = std::max(largest, model_.largest(slab, model_.network->matrices()[matrix].elements(rows)));
  });
  return largest;
}

template <typename Real>
Real MinibatchGradient<Real>::largest(const Member& member, const Workspace<Real>& workspace) const {
  if (lazy_.empty()) return model_.largestOfShare(member, slab_.data());
  Real largest = largestInBlocks(member, workspace, slab_.data());
  for (size_t i = 0; i < lazy_.size(); ++i) {
    const Range share = member.share(touchedRows(workspace, i).size() * columns(i));
    largest = std::max(largest, model_.largest(lazy_[i].data(), share));
  }
  return largest;
}

template <typename Real>
Real MinibatchGradient<Real>::largestParameter(const Member& member, const Workspace<Real>& workspace) const {
  if (lazy_.empty()) return model_.largestOfShare(member, model_.parameters);
  Real largest = largestInBlocks(member, workspace, model_.parameters);
  for (size_t i = 0; i < lazy_.size(); ++i) {
    const std::vector<uint32_t>& rows = touchedRows(workspace, i);
    const Range share = member.share(rows.size());
    const ParameterMatrices::Matrix& matrix = model_.network->matrices()[model_.lazy[i].matrix];
    typename BitsOf<Real>::Type bits = 0;  // inline, since rows of one number are as common as long ones
    for (size_t k = share.begin; k < share.end; ++k) {
      const Real* const row = model_.parameters + matrix.offset + rows[k] * matrix.columns;
      for (size_t j = 0; j < matrix.columns; ++j) bits = std::max(bits, magnitudeBits(row[j]));
    }
    largest = std::max(largest, magnitudeOfBits<Real>(bits));
  }
  return largest;
}

template class MinibatchGradient<float>;
template class MinibatchGradient<double>;

}  // namespace glissade
