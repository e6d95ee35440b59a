#pragma once

#include <algorithm>

namespace glissade {

/// For how long callers work alone after other programs have kept the team from the processors. Mostly that is over in
/// a moment, as when a process starts or collects garbage; programs that stay are found again each time.
class Retreat {
 public:
  bool holds(double time) const { return time < end_; }

  /// Call whenever the team is found crowded out. `time` is in seconds.
  void begin(double time) {
    if (holds(time)) return;
    length_ = time < end_ + kLongest ? std::min(2 * length_, kLongest) : kFirst;
    end_ = time + length_;
  }

 private:
  static constexpr double kFirst = 0.1;     // seconds; doubled where the next one follows soon
  static constexpr double kLongest = 10.0;  // the limit of the doubling, and what counts as soon

  double end_ = -kLongest, length_ = kFirst;
};

}  // namespace glissade
