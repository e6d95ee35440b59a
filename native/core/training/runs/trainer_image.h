#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "optimizers/state_layout.h"
#include "training/runs/run_position.h"
#include "training/steps/copy_share.h"
#include "training/steps/outer_steps.h"
#include "training/steps/trainer.h"

namespace glissade {

/// Everything of a trainer that its later steps depend on, as named arrays in one piece of memory: an image. It has
/// the trained parameters, the optimizer's state, the last step record, the trainer's counts, a run's position, and the
/// parameters of its best epoch if it keeps them.
template <typename Real>
class TrainerImage {
 public:
  enum class Best { none, kept };
  TrainerImage(std::shared_ptr<Trainer<Real>> trainer, Best best)
      : trainer_(std::move(trainer)), bestCount_(best == Best::kept ? trainer_->model().network->parameterCount() : 0) {
    const TrainedModel<Real>& model = trainer_->model();
    const auto addDoubles = [&](const char* name, size_t length) {
      return layout_.add(name, StateEntry::kOfAll, NumberType::float64, length);
    };
    parameters_ = layout_.add("parameters", StateEntry::kOfAll, kNumberType<Real>, model.network->parameterCount());
    state_ = layout_.add(model.optimizer.layout());  // the optimizer's slab is copied as a whole
    record_ = addDoubles("lastRecord", model.recordLength());
    counts_ = addDoubles("trainer", kLengthOf<TrainerCounts>);
    position_ = addDoubles("run", kLengthOf<RunPosition>);
    best_ = layout_.add("best", StateEntry::kOfAll, kNumberType<Real>, bestCount_);
    OuterSteps<Real>* const outer = trainer_->cooperation().outerSteps();
    if (!outer) return;
    outerStart_ = layout_.add("outerStart", StateEntry::kOfAll, kNumberType<Real>, outer->start().size());
    outerState_ = layout_.add("outerState", StateEntry::kOfAll, NumberType::uint8, outer->state().size());
  }

  /// The arrays, at multiples of 64 bytes: `parameters`, those of the optimizer's state by their names, `lastRecord`,
  /// `trainer` (TrainerCounts), `run` (RunPosition), and `best`, which may be empty; if ranks take steps of their own,
  /// `outerStart` and `outerState` (OuterSteps).
  const std::vector<StateEntry>& entries() const { return layout_.entries(); }
  size_t bytes() const { return layout_.bytes(); }

  /// Writes this member's share of the image. `best` may be null. All members call this together, between two steps.
  void save(const Member& member, const RunPosition& position, const Real* best, std::byte* image) const {
    const TrainedModel<Real>& model = trainer_->model();
    copyShare(member, trainer_->trainedParameters(), model.network->parameterCount(), at<Real>(image, parameters_));
    copyShare(member, model.state.data(), model.state.size(), image + state_);
    if (best) copyShare(member, best, bestCount_, at<Real>(image, best_));
    if (OuterSteps<Real>* const outer = trainer_->cooperation().outerSteps()) {
      copyShare(member, outer->start().data(), outer->start().size(), at<Real>(image, outerStart_));
      copyShare(member, outer->state().data(), outer->state().size(), image + outerState_);
    }
    if (!member.isFirst()) return;
    std::copy(model.lastRecord.begin(), model.lastRecord.end(), at<double>(image, record_));
    *at<TrainerCounts>(image, counts_) = trainer_->savedCounts();
    *at<RunPosition>(image, position_) = position;
  }

  /// Says what is wrong with an image that was filled elsewhere, without a full stop; empty if nothing is.
  std::string faultOf(std::byte* image) const {
    const TrainedModel<Real>& model = trainer_->model();
    const TrainerCounts& counts = *at<TrainerCounts>(image, counts_);
    for (const double count : {counts.steps, counts.minibatches, counts.skipped, counts.waiting, counts.overwrittenAt})
      if (!isCount(count)) return "the counts of the trainer are not whole numbers";
    if (counts.overwrittenAt > counts.steps) return "the parameters were overwritten in a later step";
    if (counts.waiting >= static_cast<double>(trainer_->options().accumulate))
      return "more minibatches wait for a step than it takes";
    if (!model.isFinite(at<Real>(image, parameters_))) return "the parameters are not finite";
    if (model.optimizer.counters(image + state_).steps != counts.steps)
      return "the steps of the trainer and of its optimizer differ";
    if (const OuterSteps<Real>* const outer = trainer_->cooperation().outerSteps()) {
      if (!model.isFinite(at<Real>(image, outerStart_))) return "the parameters of the outer steps are not finite";
      if (std::string fault = outer->faultOf(image + outerState_); !fault.empty()) return fault;
    }
    return model.optimizer.faultOf(model.kernels, image + state_);
  }

  /// Makes the trainer that of an image without a fault, and shows the parameters to evaluate with in the model.
  /// @throws std::bad_alloc, with nothing changed.
  void restore(const std::byte* image) const {
    std::byte* const bytes = const_cast<std::byte*>(image);
    trainer_->restore(at<Real>(bytes, parameters_), bytes + state_, at<double>(bytes, record_),
                      *at<TrainerCounts>(bytes, counts_));
    if (OuterSteps<Real>* const outer = trainer_->cooperation().outerSteps()) {
      std::copy_n(at<Real>(bytes, outerStart_), outer->start().size(), outer->start().data());
      std::copy_n(bytes + outerState_, outer->state().size(), outer->state().data());
      outer->restored();
    }
  }

 private:
  template <typename Record>
  static constexpr size_t kLengthOf = sizeof(Record) / sizeof(double);

  static bool isCount(double x) { return x >= 0 && x <= 0x1p53 && x == std::floor(x); }

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
