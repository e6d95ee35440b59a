#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "matrix/buffer.h"
#include "system/thread_starts.h"

namespace glissade {

/// A copy of the parameters of a model after some step: a run publishes it, and predictions read it. A run need not
/// publish while nobody reads: it lets the copy count as stale, and the next reader waits a moment for another.
/// Thread-safe.
template <typename Real>
class Snapshot {
 public:
  struct Copy {
    Buffer<Real> parameters;
    int64_t step = 0;
  };

  void publish(const Real* parameters, size_t count, int64_t step) {
    std::unique_ptr<Copy> copy = shelf_->take();
    if (!copy) copy = std::make_unique<Copy>(Copy{Buffer<Real>(count)});
    copyByPages(parameters, count, copy->parameters.data());
    copy->step = step;
    std::shared_ptr<const Copy> next(copy.release(), [shelf = shelf_](Copy* read) { shelf->put(read); });
    const std::lock_guard lock(mutex_);
    published_.swap(next);
    wasRead_ = false;
    endWait();
  }

  /// Lets the copy count as stale.
  void retire() {
    const std::lock_guard lock(mutex_);
    isStale_ = true;
  }

  /// The run has ended after this step and no longer changes the parameters, so they may be read instead.
  void end(int64_t step) {
    const std::lock_guard lock(mutex_);
    endedAt_ = step;
    endWait();
  }
  std::optional<int64_t> endedAt() const {
    const std::lock_guard lock(mutex_);
    return endedAt_;
  }

  /// Whether somebody has read the copy, or any copy, and whether somebody waits for another.
  bool wasRead() const { return wasRead_.load(std::memory_order_relaxed); }
  bool wasEverRead() const { return wasEverRead_.load(std::memory_order_relaxed); }
  bool isAwaited() const { return isAwaited_.load(std::memory_order_relaxed); }

  /// The last copy published, or null.
  std::shared_ptr<const Copy> published() const {
    const std::lock_guard lock(mutex_);
    return published_;
  }

  /// The last copy published, or null. If it is stale, the first to read it waits for another, for kPatience at most: a
  /// run at low priority may wait long for a processor.
  std::shared_ptr<const Copy> read() {
    std::unique_lock lock(mutex_);
    wasRead_ = wasEverRead_ = true;
    if (isStale_ && published_ && mayStartThreads()) {
      isAwaited_ = true;
      changed_.wait_for(lock, kPatience, [&] { return !isStale_; });
      endWait();  // no reader waits twice for the same copy
    }
    return published_;
  }

 private:
  static constexpr std::chrono::milliseconds kPatience{20};

  /// A copy to reuse, put here by its last reader. A use_count() of 1 would not do: a relaxed read does not order that
  /// reader's accesses before the next write.
  class Shelf {
   public:
    std::unique_ptr<Copy> take() {
      const std::lock_guard lock(mutex_);
      return std::move(copy_);
    }
    void put(Copy* copy) {
      std::unique_ptr<Copy> before(copy);
      const std::lock_guard lock(mutex_);
      copy_.swap(before);
    }

   private:
    std::mutex mutex_;
    std::unique_ptr<Copy> copy_;
  };

  /// Copies, but writes to no page that stays zero: such a page takes no memory.
  static void copyByPages(const Real* from, size_t count, Real* to) {
    constexpr size_t kPage = 4096 / sizeof(Real);
    static constexpr Real kZeros[kPage] = {};
    for (size_t i = 0; i < count; i += kPage) {
      const size_t bytes = std::min(kPage, count - i) * sizeof(Real);
      if (std::memcmp(from + i, kZeros, bytes) != 0 || std::memcmp(to + i, kZeros, bytes) != 0)
        std::memcpy(to + i, from + i, bytes);
    }
  }

  void endWait() {
    isStale_ = isAwaited_ = false;
    changed_.notify_all();
  }

  const std::shared_ptr<Shelf> shelf_ = std::make_shared<Shelf>();
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::shared_ptr<const Copy> published_;
  std::optional<int64_t> endedAt_;
  bool isStale_ = false;
  std::atomic<bool> wasRead_ = false, wasEverRead_ = false, isAwaited_ = false;
};

}  // namespace glissade
