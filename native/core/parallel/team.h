#pragma once

#include <algorithm>
#include <cstddef>

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
  /// Sets the number of threads and their priority, and starts them.
  void arrange(size_t threads, Priority priority);

  /// Runs work(member) on each thread.
  template <typename Work>
  void parallel(Work&& work) {
#if defined(_OPENMP)
#pragma omp parallel num_threads(static_cast <int>(threads_))
    work(current());
#else
    work(current());
#endif
  }

  /// How many threads this machine offers the process (OMP_NUM_THREADS is honoured).
  static size_t available();

 private:
  static Member current();

  size_t threads_ = 1;
};

}  // namespace glissade
