#pragma once

#include <algorithm>
#include <optional>

namespace glissade {

/// Keeps work in the background within a quota of processors, so that the system does not stop the process, and its
/// event loop with it, for the rest of a period. All processor time of the process counts: what the event loop uses is
/// taken from background work.
class Pace {
 public:
  /// @param quota Seconds of processor time per second. None: rests are not needed.
  explicit Pace(std::optional<double> quota = {}) : rate_(kShare * quota.value_or(0)) {}

  /// How long to rest before more work, in seconds. `now` is the time, and `used` the processor time of the process so
  /// far, both in seconds. The first call counts nothing as used.
  double restAt(double now, double used) {
    if (rate_ == 0) return 0;
    if (begun_) budget_ += rate_ * (now - now_) - (used - used_);
    if (!begun_) worked_ = now;
    budget_ = std::clamp(budget_, -kOwed * rate_, kSaved * rate_);
    begun_ = true;
    now_ = now;
    used_ = used;
    const double rest = now < worked_ + kLongest ? std::max(0.0, -budget_ / rate_) : 0;
    if (rest == 0) worked_ = now;
    return rest;
  }

 private:
  // The system gives out the quota to its processors in pieces of 5 ms, and some of each piece may be left over.
  static constexpr double kShare = 0.9;
  static constexpr double kSaved = 0.01;  // s; a tenth of a period that was not used may be used later
  static constexpr double kOwed = 0.1;    // s; debts end with a period, because the system gives a new quota to each
  // s; work ends some time even if the event loop needs the whole quota
  static constexpr double kLongest = 1;

  double rate_, budget_ = 0, now_ = 0, used_ = 0;
  double worked_ = 0;  // when there was work last
  bool begun_ = false;
};

}  // namespace glissade
