#pragma once

#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "training/runs/run.h"

namespace glissade {

/// A run from its start to its end, with everything that it reports.
class Followed {
 public:
  using Reaction = std::function<void(const RunNews&)>;

  /// Starts the run. `react` is called on the engine's thread, like a listener.
  explicit Followed(
      std::shared_ptr<Run> run, Reaction react = [](const RunNews&) {})
      : run_(std::move(run)), react_(std::move(react)) {
    run_->start([this](bool isLast) { listen(isLast); });
  }

  Followed(const Followed&) = delete;
  ~Followed() { end(); }

  Run& run() { return *run_; }
  int requestsForRecords() const { return requests_; }

  /// Waits for the end. Checks that there was a final notification, and none after it.
  const RunOutcome& end() {
    Engine::instance().wait(*run_);
    CHECK(saidLast_);
    CHECK_FALSE(calledAfterLast_);
    return outcome_;
  }

  /// Valid after end().
  const std::vector<EpochReport>& epochs() const { return epochs_; }
  const std::vector<CurvatureReport>& curvature() const { return curvature_; }

 private:
  void listen(bool isLast) {
    calledAfterLast_ |= saidLast_;
    saidLast_ |= isLast;
    const RunNews news = run_->takeNews();
    epochs_.insert(epochs_.end(), news.epochs.begin(), news.epochs.end());
    curvature_.insert(curvature_.end(), news.curvature.begin(), news.curvature.end());
    requests_ += news.wantsRecords;
    outcome_ = news.outcome;
    react_(news);
  }

  std::shared_ptr<Run> run_;
  Reaction react_;
  std::vector<EpochReport> epochs_;
  std::vector<CurvatureReport> curvature_;
  std::atomic<int> requests_{0};
  RunOutcome outcome_;
  bool saidLast_ = false, calledAfterLast_ = false;
};

}  // namespace glissade
