#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "optimizers/state_layout.h"
#include "training/runs/run_position.h"
#include "training/steps/trainer.h"

namespace glissade {

/// Everything of a trainer that its later steps depend on, as named arrays in one piece of memory: an image. It holds
/// the trained parameters, the optimizer's state, the last step record, the trainer's counts, a run's position, and the
/// parameters of its best epoch if it keeps them.
template <typename Real>
class TrainerImage {
 public:
  enum class Best { none, kept };
  TrainerImage(std::shared_ptr<Trainer<Real>> trainer, Best best);

  /// The arrays, at multiples of 64 bytes: `parameters`, those of the optimizer's state by their names, `lastRecord`,
  /// `trainer` (TrainerCounts), `run` (RunPosition), and `best`, which may be empty; if ranks take steps of their own,
  /// `outerStart` and `outerState` (OuterSteps).
  const std::vector<StateEntry>& entries() const { return layout_.entries(); }
  size_t bytes() const { return layout_.bytes(); }

  /// Writes this member's share of the image. `best` may be null. All members call this together, between two steps.
  void save(const Member& member, const RunPosition& position, const Real* best, std::byte* image) const;

  /// Says what is wrong with an image that was filled elsewhere, without a full stop; empty if nothing is.
  std::string faultOf(std::byte* image) const;

  /// Makes the trainer that of an image without a fault, and shows the parameters to evaluate with in the model.
  /// @throws std::bad_alloc, with nothing changed.
  void restore(const std::byte* image) const;

 private:
  template <typename Item>
  Item* at(std::byte* image, size_t offset) const {
    return reinterpret_cast<Item*>(image + offset);
  }

  const std::shared_ptr<Trainer<Real>> trainer_;
  StateLayout layout_;
  size_t parameters_ = 0, state_ = 0, record_ = 0, counts_ = 0, position_ = 0, best_ = 0, outerStart_ = 0,
         outerState_ = 0;  // offsets
  size_t bestCount_;
};

}  // namespace glissade
