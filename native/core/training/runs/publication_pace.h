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
    taken_ = end - begin_;
    next_ = end + std::max<Clock::duration>(kPause, kShare * taken_);
  }

  /// Whether readers can wait for a publication (Snapshot::kPatience), judging by the last one.
  bool isQuick() const { return taken_ < kQuick; }

 private:
  static constexpr std::chrono::milliseconds kPause{50};
  static constexpr int kShare = 50;
  static constexpr std::chrono::milliseconds kQuick{10};

  Clock::time_point begin_{}, next_{};
  Clock::duration taken_{};
};

}  // namespace glissade
