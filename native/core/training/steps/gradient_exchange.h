#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "distributed/rank_sums.h"
#include "models/workspace.h"
#include "training/steps/trained_model.h"

namespace glissade {

/// The stages in which ranks sum the gradients of dense matrices. Some stages are on their way while later ones are
/// computed and earlier sums are used. A stage is a group of matrices that are adjacent in memory. The largest stages
/// come first, because nothing hides the last one.
template <typename Real>
class GradientExchange {
 public:
  /// For the matrices whose gradients `workspace` computes in blocks.
  /// @throws std::bad_alloc
  GradientExchange(Communicator& ranks, const TrainedModel<Real>& model, const Workspace<Real>& workspace)
      : sums_(ranks, model.kernels) {
    const ParameterMatrices& matrices = model.network->matrices();
    for (size_t i = 0; i < matrices.count(); ++i) {
      if (workspace.isLeftOut(i)) continue;
      const Range place = matrices[i].elements({0, matrices[i].rows});
      const bool joins = !stages_.empty() && stages_.back().place.end == place.begin && stages_.back().size() < kLeast;
      if (!joins) stages_.push_back({{place.begin, place.begin}, {}, 0});
      stages_.back().place.end = place.end;
      stages_.back().matrices.push_back(i);
    }
    std::stable_sort(stages_.begin(), stages_.end(),
                     [](const Stage& a, const Stage& b) { return a.size() > b.size(); });
  }

  size_t stages() const { return stages_.size(); }
  const std::vector<size_t>& matricesOf(size_t stage) const { return stages_[stage].matrices; }

  // The first member calls these, on the engine's thread; `restart` before the stages of a gradient.
  void restart() { sums_.restart(); }
  void begin(size_t stage, Real* slab) noexcept {
    stages_[stage].messages = sums_.begin(slab + stages_[stage].place.begin, stages_[stage].size());
  }
  void advance() noexcept { sums_.advance(); }
  void finish(size_t stage) noexcept { sums_.finish(stages_[stage].messages); }

  /// After all stages have begun: the same for the gradients of touched rows.
  void beginTouchedRows(Real* items, size_t count) noexcept { ofTouchedRows_ = sums_.begin(items, count); }
  void finishTouchedRows() noexcept { sums_.finish(ofTouchedRows_); }

 private:
  static constexpr size_t kLeast =
      1 << 14;  // numbers in a stage, if enough are adjacent; a message takes some µs at least

  struct Stage {
    Range place;
    std::vector<size_t> matrices;
    size_t messages;  // begun, up to those of this stage

    size_t size() const { return place.end - place.begin; }
  };

  RankSums<Real> sums_;
  std::vector<Stage> stages_;
  size_t ofTouchedRows_ = 0;  // messages begun, up to theirs
};

}  // namespace glissade
