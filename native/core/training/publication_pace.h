#pragma once

#include <algorithm>
#include <chrono>

namespace glissade {

/// When a run publishes its parameters, or lets readers copy them anew: every 50 ms, or less often, so that this takes
/// at most 2 % of the time.
class PublicationPace {
 public:
  using Clock = std::chrono::steady_clock;

  bool isDue(Clock::time_point now) const { return now > next_; }
  void begin() { begin_ = Clock::now(); }
  void end() { restart(Clock::now() - begin_); }
  /// Publishing, or copying, took this long.
  void restart(Clock::duration taken) { next_ = Clock::now() + std::max<Clock::duration>(kPause, kShare * taken); }

 private:
  static constexpr std::chrono::milliseconds kPause{50};
  static constexpr int kShare = 50;

  Clock::time_point begin_{}, next_{};
};

}  // namespace glissade
