#pragma once

#include <algorithm>

namespace glissade {

/// How long callers work without the team after other programs have kept it from the processors. Usually that is over
/// in a moment, as when a process starts or collects garbage. If it is not, the time doubles.
class Backoff {
 public:
  /// Whether callers work alone.
  bool isActive(double time) const { return time < end_; }

  /// Call when other programs are found to keep the team from the processors. `time` is in seconds.
  void begin(double time) {
    if (isActive(time)) return;
    length_ = time < end_ + kLongest ? std::min(2 * length_, kLongest) : kFirst;
    end_ = time + length_;
  }

 private:
  static constexpr double kFirst = 0.1;     // seconds; doubled if the next one follows soon
  static constexpr double kLongest = 10.0;  // the limit of the doubling, and what counts as soon

  double end_ = -kLongest, length_ = kFirst;
};

}  // namespace glissade
