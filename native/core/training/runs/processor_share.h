#pragma once

#include <optional>

#include "parallel/team.h"

namespace glissade {

/// The share of the processors that a run gets, relative to what its team would use if it were alone.
class ProcessorShare {
 public:
  /// `before` and `after`: the team's use before and after a slice of the run.
  void observe(const Team::Use& before, const Team::Use& after) {
    wanted_ += after.wanted - before.wanted;
    got_ += after.got - before.got;
    duration_ += after.duration - before.duration;
    if (duration_ < kWindow) return;
    share_ = got_ / wanted_;
    starved_ = *share_ < kStarved ? starved_ + duration_ : 0;
    wanted_ = got_ = duration_ = 0;
  }

  /// The share over the last second or so of slices; absent before.
  std::optional<double> share() const { return share_; }

  /// Whether it has been low for ten seconds. True once.
  bool takeWarning() {
    if (hasWarned_ || starved_ < kPatience) return false;
    return hasWarned_ = true;
  }

 private:
  static constexpr double kWindow = 1;      // seconds
  static constexpr double kStarved = 0.25;  // beside one busy program at the same priority it is still 0.5
  static constexpr double kPatience = 10;   // seconds

  double wanted_ = 0, got_ = 0, duration_ = 0, starved_ = 0;
  std::optional<double> share_;
  bool hasWarned_ = false;
};

}  // namespace glissade
