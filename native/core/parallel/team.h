#pragma once

#include <algorithm>
#include <cstddef>

#include "parallel/attendance.h"

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
    double processorTime = 0;
#if defined(_OPENMP)
#pragma omp parallel num_threads(static_cast <int>(attendance_.members())) reduction(+ : processorTime)
#endif
    {
      enter();
      const double before = threadTime();
      work(current());
      processorTime += threadTime() - before;
    }
    attendance_.observe(now() - begin, processorTime);
  }

  /// How many threads it has, at most.
  size_t size() const { return attendance_.threads(); }

  /// Whether it has been made smaller lately, because other programs keep the processors busy.
  bool isCrowdedOut() const { return attendance_.members() < attendance_.threads(); }

  /// How many threads this machine offers the process (OMP_NUM_THREADS is honoured).
  static size_t available();

 private:
  static Member current();
  static double now();
  static double threadTime();
  void enter() const;

  Attendance attendance_;
  size_t had_ = 1;  // threads that OpenMP has started, or can start
  Priority priority_ = Priority::background;
};

}  // namespace glissade
