#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "models/snapshot.h"
#include "record.h"
#include "training/runs/run_news.h"
#include "training/runs/run_position.h"

namespace glissade {

/// The score of an epoch by which epochs are compared.
struct Monitor {
  enum class Part { training, validation } part = Part::training;
  enum class Score { loss, accuracy, metric } score = Score::loss;
  enum class Better { smaller, larger } better = Better::smaller;
  size_t metric = 0;  // index of the validation's metric, if the score is one

  /// `epoch` must have a validation if `part` is `validation`.
  double of(const EpochReport& epoch) const {
    if (score == Score::metric) return epoch.metrics[metric].front();
    const Tally& tally = part == Part::validation ? *epoch.validation : epoch.training;
    return score == Score::accuracy ? tally.accuracy() : tally.meanLoss();
  }
};

struct EarlyStoppingOptions {
  Monitor monitor;
  double minimumDelta = 0;         // by how much more than this a score must be better than the best
  std::optional<size_t> patience;  // successive epochs without improvement that end the run; absent: it goes on
  bool restoresBest = false;       // whether the parameters of the best epoch are kept
};

/// The best epoch of a run so far, and how long ago it was. Only this and the parameters of that epoch persist from
/// epoch to epoch.
struct EarlyStoppingState {
  GLISSADE_RECORD(bestValue, bestEpoch, bestSteps, epochsWithoutImprovement);
  bool hasBest() const { return bestEpoch > 0; }
};

/// Finds the best epoch of a run, keeps its parameters, and decides whether the run should end.
template <typename Real>
class EarlyStopping {
 public:
  using Parameters = std::shared_ptr<const typename Snapshot<Real>::Copy>;

  explicit EarlyStopping(const EarlyStoppingOptions& options) : options_(options) {}

  /// Observes an epoch that has ended with these parameters to evaluate with. A score that is not finite does not count
  /// as an improvement.
  void observe(const EpochReport& epoch, Parameters parameters) {
    const double value = options_.monitor.of(epoch);
    if (!improves(value)) {
      ++state_.epochsWithoutImprovement;
      return;
    }
    state_ = {value, static_cast<double>(epoch.epoch), static_cast<double>(epoch.steps), 0};
    if (options_.restoresBest) best_ = std::move(parameters);
  }

  /// Whether the run should end.
  bool isOver() const {
    return options_.patience && state_.epochsWithoutImprovement >= static_cast<double>(*options_.patience);
  }

  const EarlyStoppingState& state() const { return state_; }

  /// Continues from what was found before, and from the parameters of the best epoch if they were kept.
  void goTo(const RunPosition& at) { state_ = {at.bestValue, at.bestEpoch, at.bestSteps, at.epochsWithoutImprovement}; }
  void keep(const Real* parameters, size_t count) {
    auto copy = std::make_shared<typename Snapshot<Real>::Copy>();
    copy->parameters = Buffer<Real>(count);
    std::copy_n(parameters, count, copy->parameters.data());
    copy->step = static_cast<int64_t>(state_.bestSteps);
    best_ = std::move(copy);
  }
  void save(RunPosition& at) const {
    at.bestValue = state_.bestValue;
    at.bestEpoch = state_.bestEpoch;
    at.bestSteps = state_.bestSteps;
    at.epochsWithoutImprovement = state_.epochsWithoutImprovement;
  }

  /// The parameters of the best epoch to restore, or null.
  const Real* best() const { return best_ ? best_->parameters.data() : nullptr; }

 private:
  bool improves(double value) const {
    if (!std::isfinite(value)) return false;
    if (!state_.hasBest()) return true;
    const double by = value - state_.bestValue;
    return (options_.monitor.better == Monitor::Better::smaller ? -by : by) > options_.minimumDelta;
  }

  const EarlyStoppingOptions options_;
  EarlyStoppingState state_{};
  Parameters best_;
};

}  // namespace glissade
