#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>

#include "models/snapshot.h"
#include "training/runs/publication_pace.h"
#include "training/steps/trained_model.h"

namespace glissade {

/// Publishes copies of a run's parameters, for predictions meanwhile.
template <typename Real>
class Publisher {
 public:
  /// When copies are published. `always`: at their pace. `onDemand`: only if somebody reads them, for models that may
  /// have millions of columns. After the first reader, they are published at their pace too if that takes longer than a
  /// reader should wait.
  enum class When { always, onDemand };

  /// `model` must outlive this.
  Publisher(const TrainedModel<Real>& model, std::shared_ptr<Snapshot<Real>> snapshot, When when)
      : model_(model), snapshot_(std::move(snapshot)), when_(when) {}

  const Snapshot<Real>& snapshot() const { return *snapshot_; }
  std::shared_ptr<const typename Snapshot<Real>::Copy> published() const { return snapshot_->published(); }

  /// Whether a copy is due, or a reader waits for one.
  bool isDue() const { return isPaceDue() || snapshot_->isAwaited(); }
  /// Whether a copy should be made because the run is about to park or probe, and can make none then.
  bool isDueBeforePause() const { return isOnDemand() && isPaceDue(); }
  /// Whether nobody needs a copy of the end of an epoch.
  bool isUnneeded() const { return isOnDemand() && !snapshot_->wasRead(); }
  /// Whether nobody needs a copy that is due by the pace.
  bool canWait() const { return isUnneeded() && (pace_.isQuick() || !snapshot_->wasEverRead()); }
  /// The next reader waits for another copy.
  void retire() { snapshot_->retire(); }

  /// Before the work that finds parameters to publish.
  void begin() { pace_.begin(); }
  /// Publishes parameters to evaluate with, if they are finite. Returns whether they are.
  bool publish(const Real* parameters) {
    if (!model_.isFinite(parameters)) return false;
    publishAnyway(parameters);
    pace_.end();
    return true;
  }
  void publishAnyway(const Real* parameters) {
    snapshot_->publish(parameters, model_.network->parameterCount(), model_.counts.steps);
  }
  /// The run has ended, and readers may have the model's own parameters.
  void end() {
    if (isOnDemand()) snapshot_->end(model_.counts.steps);
  }

 private:
  bool isOnDemand() const { return when_ == When::onDemand; }
  bool isPaceDue() const { return pace_.isDue(PublicationPace::Clock::now()); }

  const TrainedModel<Real>& model_;
  const std::shared_ptr<Snapshot<Real>> snapshot_;
  const When when_;
  PublicationPace pace_;
};

}  // namespace glissade
