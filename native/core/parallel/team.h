#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "parallel/attendance.h"
#include "parallel/threads.h"

namespace glissade {

struct Range {
  size_t begin, end;
};

/// One thread's place in a parallel region. A region with one member runs wherever it is called.
class Member {
 public:
  Member(size_t index, size_t count) : index_(index), count_(count) {}

  size_t index() const { return index_; }
  size_t count() const { return count_; }
  bool isFirst() const { return index_ == 0; }

  /// Waits until all members are here, and sees what they wrote.
  void barrier() const;

  /// This member's part of `items`, in whole multiples of `grain`.
  Range share(size_t items, size_t grain = 1) const {
    const size_t units = (items + grain - 1) / grain;
    return {std::min(items, units * index_ / count_ * grain), std::min(items, units * (index_ + 1) / count_ * grain)};
  }

 private:
  size_t index_, count_;
};

enum class Priority { background, normal };

/// The threads that work together. Owned by the engine's thread, where every parallel region is entered.
class Team {
 public:
  /// Sets the number of threads, at most, and their priority. Where the process may not have so many, it is fewer.
  void arrange(size_t threads, Priority priority);

  /// Runs work(member) on each thread, or on fewer where other programs keep the processors busy.
  template <typename Work>
  void parallel(Work&& work) {
    const double begin = now();
    std::atomic<int64_t> processorTime{0};
    const auto part = [&](const Member& member) {
      enter();
      const int64_t before = threadTime();
      work(member);
      processorTime.fetch_add(threadTime() - before, std::memory_order_relaxed);
    };
    threads_.run(attendance_.members(), std::cref(part));
    attendance_.observe(now() - begin, 1e-9 * static_cast<double>(processorTime.load()));
  }

  /// How many threads it has, at most.
  size_t size() const { return attendance_.threads(); }

  /// Whether it has been made smaller lately, because other programs keep the processors busy.
  bool isCrowdedOut() const { return attendance_.members() < attendance_.threads(); }

  /// How many threads this machine offers the process.
  static size_t available() { return Threads::available(); }

 private:
  static double now();          // in seconds
  static int64_t threadTime();  // in nanoseconds
  void enter() const;

  Threads threads_;
  Attendance attendance_;
  Priority priority_ = Priority::background;
};

}  // namespace glissade
