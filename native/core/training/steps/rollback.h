#pragma once

#include <algorithm>
#include <cstddef>

#include "matrix/buffer.h"
#include "parallel/team.h"
#include "training/steps/trained_model.h"

namespace glissade {

/// A copy of a model's parameters and of its optimizer's state, restored if a step overflows.
template <typename Real>
class Rollback {
 public:
  /// `model` must outlive this.
  explicit Rollback(TrainedModel<Real>& model) : model_(model) {}

  /// Makes room for the copy. One member calls this, before a barrier.
  /// @throws std::bad_alloc
  void reserve() {
    if (state_.size() > 0) return;
    parameters_ = Buffer<Real>(model_.network->parameterCount());
    state_ = Buffer<std::byte>(model_.state.size());
  }

  /// Saves this member's share, or restores it. All members call these, before a barrier.
  void save(const Member& member) {
    copyShare(member, model_.parameters, parameters_.data(), parameters_.size());
    copyShare(member, model_.state.data(), state_.data(), state_.size());
  }
  void restore(const Member& member) {
    copyShare(member, parameters_.data(), model_.parameters, parameters_.size());
    copyShare(member, state_.data(), model_.state.data(), state_.size());
  }

 private:
  template <typename Item>
  static void copyShare(const Member& member, const Item* from, Item* to, size_t count) {
    const Range share = member.share(count);
    std::copy(from + share.begin, from + share.end, to + share.begin);
  }

  TrainedModel<Real>& model_;
  Buffer<Real> parameters_;
  Buffer<std::byte> state_;
};

}  // namespace glissade
