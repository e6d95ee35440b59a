#pragma once

#include <algorithm>
#include <chrono>

namespace glissade {

/// When a run publishes its parameters: every 50 ms, or less often, so that publishing takes at most 2 % of the time.
class PublicationPace {
 public:
  using Clock = std::chrono::steady_clock;

  bool isDue(Clock::time_point now) const { return now > next_; }
  void begin() { begin_ = Clock::now(); }
  void end() {
    const auto end = Clock::now();
    next_ = end + std::max<Clock::duration>(kPause, kShare * (end - begin_));
  }

 private:
  static constexpr std::chrono::milliseconds kPause{50};
  static constexpr int kShare = 50;

  Clock::time_point begin_{}, next_{};
};

}  // namespace glissade
