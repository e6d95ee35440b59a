#pragma once

#include <algorithm>
#include <cstddef>

namespace glissade {

/// Decides how many threads of a team work. Beside other programs, a thread of low priority waits long for a processor,
/// and the rest of the team waits for it: with two threads and one busy program, steps took eighty times as long. A
/// smaller team is then faster. Results do not depend on its size.
class Attendance {
 public:
  explicit Attendance(size_t threads = 1) : threads_(threads), members_(threads) {}

  size_t members() const { return members_; }
  size_t threads() const { return threads_; }

  /// Call after a parallel region of `members` members, with its duration and the longest processor time of a member,
  /// in seconds. At each moment at least one member has work. That others wait for it does not mean a lack of
  /// processors.
  void observe(double duration, double longest, size_t members) {
    duration_ += duration;
    longest_ += longest;
    if (duration_ < kWindow) return;
    const bool enough = longest_ >= kEnough * duration_;
    sinceChange_ += duration_;
    duration_ = longest_ = 0;

    if (!enough && members > 1) {
      pause_ = trying_ ? std::min(2 * pause_, kLongestPause) : kFirstPause;
      change(members - 1, false);
    } else if (members_ < threads_ && sinceChange_ >= pause_) {
      change(members_ + 1, true);
    } else if (enough) {
      trying_ = false;
    }
  }

 private:
  static constexpr double kWindow = 0.05;       // seconds of work between decisions
  static constexpr double kEnough = 0.6;        // the fraction of a processor that the longest must get
  static constexpr double kFirstPause = 0.1;    // seconds until a larger team is tried; doubled after each failure
  static constexpr double kLongestPause = 4.0;  // the limit of the doubling

  void change(size_t members, bool trying) {
    members_ = members;
    trying_ = trying;
    sinceChange_ = 0;
  }

  size_t threads_, members_;
  double duration_ = 0, longest_ = 0, sinceChange_ = 0, pause_ = kFirstPause;
  bool trying_ = false;
};

}  // namespace glissade
