#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>

#include "parallel/attendance.h"
#include "parallel/threads.h"
#include "system/priority.h"
#include "system/times.h"

namespace glissade {

struct Range {
  size_t begin, end;

  size_t size() const { return end - begin; }
};

/// One thread of a parallel region. Member(0, 1) is a team of one: it may be made on any thread, without a region.
class Member {
 public:
  Member(size_t index, size_t count) : index_(index), count_(count) {}

  size_t index() const { return index_; }
  size_t count() const { return count_; }
  bool isFirst() const { return index_ == 0; }

  /// Waits until all members have arrived. What they wrote before is visible afterwards (release/acquire).
  void barrier() const;

  /// This member's share of `items`. Shares begin at multiples of `grain`, and follow each other in the members' order.
  Range share(size_t items, size_t grain = 1) const {
    const size_t units = (items + grain - 1) / grain;
    return {std::min(items, units * index_ / count_ * grain), std::min(items, units * (index_ + 1) / count_ * grain)};
  }

 private:
  size_t index_, count_;
};

/// The threads that work together. Owned by the engine's thread, where every parallel region is entered.
class Team {
 public:
  /// Sets the number of threads and their priority. There are fewer threads if the system allows no more.
  void arrange(size_t threads, Priority priority);

  /// Runs work(member) on each thread, on `most` at most, or on fewer while other programs keep the processors busy.
  template <typename Work>
  void parallel(Work&& work, size_t most = SIZE_MAX) {
    const double begin = now();
    std::atomic<int64_t> longest{0};
    const auto part = [&](const Member& member) {
      enter();
      const int64_t before = threadTime();
      work(member);
      raise(longest, threadTime() - before);
    };
    const size_t members = std::min(attendance_.members(), most);
    threads_.run(members, std::cref(part));
    const double duration = now() - begin, got = 1e-9 * static_cast<double>(longest.load());
    use_.duration += duration;
    use_.wanted += duration * static_cast<double>(std::min(size(), most));
    use_.got += got * static_cast<double>(members);
    attendance_.observe(duration, got, members);
  }

  /// The number of threads that it has, at work or not.
  size_t size() const { return attendance_.threads(); }

  /// Whether fewer threads work than it has, because other programs keep the processors busy.
  bool isCrowdedOut() const { return attendance_.members() < attendance_.threads(); }

  /// Seconds of parallel regions so far, and of processors in them: for all threads, and what those at work got. Each
  /// counts like the one that got most, since the others may have waited for it.
  struct Use {
    double duration = 0, wanted = 0, got = 0;
  };
  const Use& use() const { return use_; }

 private:
  static double now();  // in seconds
  static void raise(std::atomic<int64_t>& longest, int64_t time);
  void enter() const;

  Threads threads_;
  Attendance attendance_;
  Use use_;
  Priority priority_ = Priority::background;
};

}  // namespace glissade
