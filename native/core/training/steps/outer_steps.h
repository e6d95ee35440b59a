#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "distributed/rank_sums.h"
#include "matrix/buffer.h"
#include "training/steps/trained_model.h"
#include "training/steps/trainer_options.h"

namespace glissade {

/// What ranks do that take steps of their own, and synchronise after some of them: the mean of their parameters, or an
/// outer step by it (DiLoCo: Douillard et al. 2023, arXiv:2311.08105, algorithm 1). The outer gradient is the
/// parameters after the last synchronisation, less the mean of those that the ranks have now. Statistics take the mean.
template <typename Real>
class OuterSteps {
 public:
  /// `model` must outlive this.
  /// @throws std::bad_alloc
  OuterSteps(Communicator& ranks, TrainedModel<Real>& model, const Synchronization& synchronization);

  /// Begins from the parameters as they are now, which all ranks have alike. All members call this together, and a
  /// barrier must follow.
  void begin(const Member& member) { copyShare(member, model_.parameters, start_.data()); }

  /// Synchronises the parameters. All members call this together, and a barrier must follow. Failures show in the
  /// communicator.
  void synchronize(const Member& member);

  // What an image keeps: where the outer steps stand, and the state of their rule.
  Buffer<Real>& start() { return start_; }
  Buffer<std::byte>& state() { return state_; }
  /// Says what is wrong with a state that was filled elsewhere, without a full stop; empty if nothing is.
  std::string faultOf(std::byte* state) const { return rule_.faultOf(model_.kernels, state); }

 private:
  void copyShare(const Member& member, const Real* from, Real* to) const;

  Communicator& ranks_;
  TrainedModel<Real>& model_;
  const bool hasRule_;
  Optimizer<Real> rule_;
  std::vector<double> record_;
  Buffer<std::byte> state_;
  Buffer<Real> start_;               // the parameters after the last synchronisation
  Buffer<Real> outerGradient_;       // start_ less the mean of the ranks' parameters
  std::vector<Gradient> gradients_;  // by tensor, in outerGradient_
  RankSums<Real> sums_;
};

}  // namespace glissade
