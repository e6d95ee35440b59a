#pragma once

#include <cstddef>

#include "matrix/buffer.h"
#include "parallel/team.h"
#include "training/steps/attempt.h"
#include "training/steps/copy_share.h"
#include "training/steps/trained_model.h"

namespace glissade {

/// A copy of a model's parameters and of its optimizer's state, restored if a step overflows.
template <typename Real>
class Rollback {
 public:
  /// `model` must outlive this.
  explicit Rollback(TrainedModel<Real>& model) : model_(model) {}

  /// Makes room for the copy. All members call this together. It returns whether memory sufficed. A barrier precedes
  /// the return.
  bool reserve(const Member& member) {
    if (member.isFirst())
      hasRoom_ = attempt([&] {
        if (state_.size() > 0) return;
        parameters_ = Buffer<Real>(model_.network->parameterCount());
        state_ = Buffer<std::byte>(model_.state.size());
      });
    member.barrier();
    return hasRoom_;
  }

  /// Saves this member's share, or restores it. All members call these, before a barrier.
  void save(const Member& member) {
    copyShare(member, model_.parameters, parameters_.size(), parameters_.data());
    copyShare(member, model_.state.data(), state_.size(), state_.data());
  }
  void restore(const Member& member) {
    copyShare(member, parameters_.data(), parameters_.size(), model_.parameters);
    copyShare(member, state_.data(), state_.size(), model_.state.data());
  }

 private:
  TrainedModel<Real>& model_;
  Buffer<Real> parameters_;
  Buffer<std::byte> state_;
  bool hasRoom_ = false;
};

}  // namespace glissade
