#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <new>
#include <utility>

#include "matrix/buffer.h"

namespace glissade {

/// A copy of the parameters of a model after some step: a run publishes it, and predictions read it. Or the run lends
/// its parameters while it does not change them, and the first to read them makes the copy: none is made if nobody
/// reads. Thread-safe.
template <typename Real>
class Snapshot {
 public:
  using Clock = std::chrono::steady_clock;

  struct Copy {
    Buffer<Real> parameters;
    int64_t step = 0;
  };

  void publish(const Real* parameters, size_t count, int64_t step) {
    std::shared_ptr<const Copy> next = copyOf({parameters, count, step});
    const std::lock_guard lock(mutex_);
    published_.swap(next);
    isStale_ = false;
    changed_.notify_all();
  }

  /// Lends parameters, which must not change until `recall` has returned. From the first time on, readers that find no
  /// copy wait until parameters are lent; those that find a stale one wait for kPatience.
  void lend(const Real* parameters, size_t count, int64_t step) {
    const std::lock_guard lock(mutex_);
    lent_ = {parameters, count, step};
    mayBeLent_ = true;
    changed_.notify_all();
  }
  /// Takes the parameters back, once readers that wait have got a copy.
  void recall() {
    std::unique_lock lock(mutex_);
    if (lent_.parameters) changed_.wait(lock, [&] { return waiting_ == 0; });
    lent_ = {};
  }
  /// Lets the copy count as stale: the next reader makes another. Returns how long readers have copied since the last
  /// call.
  Clock::duration retire() {
    const std::lock_guard lock(mutex_);
    isStale_ = true;
    return std::exchange(copying_, {});
  }

  /// Whether readers wait.
  bool isAwaited() const { return waiting_.load(std::memory_order_relaxed) > 0; }

  /// The last copy, or null if nothing has been published or lent.
  /// @throws std::bad_alloc
  std::shared_ptr<const Copy> read() {
    std::unique_lock lock(mutex_);
    const auto isFresh = [&] { return published_ && !isStale_; };
    if (isFresh() || !mayBeLent_) return published_;
    ++waiting_;
    const auto canGoOn = [&] { return isFresh() || lent_.parameters; };
    // A run at low priority may wait long for a processor.
    published_ ? void(changed_.wait_for(lock, kPatience, canGoOn)) : changed_.wait(lock, canGoOn);
    const auto begin = Clock::now();
    try {
      if (!isFresh() && lent_.parameters) {
        published_ = copyOf(lent_);
        isStale_ = false;
      }
    } catch (const std::bad_alloc&) {
      endWaiting();
      throw;
    }
    copying_ += Clock::now() - begin;
    endWaiting();
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

  struct Lent {
    const Real* parameters = nullptr;
    size_t count = 0;
    int64_t step = 0;
  };

  std::shared_ptr<const Copy> copyOf(const Lent& given) const {
    std::unique_ptr<Copy> copy = shelf_->take();
    if (!copy) copy = std::make_unique<Copy>(Copy{Buffer<Real>(given.count)});
    std::memcpy(copy->parameters.data(), given.parameters, given.count * sizeof(Real));
    copy->step = given.step;
    return {copy.release(), [shelf = shelf_](Copy* read) { shelf->put(read); }};
  }
  void endWaiting() {
    --waiting_;
    changed_.notify_all();
  }

  const std::shared_ptr<Shelf> shelf_ = std::make_shared<Shelf>();
  std::mutex mutex_;
  std::condition_variable changed_;
  std::shared_ptr<const Copy> published_;
  Lent lent_;
  bool isStale_ = false;  // the copy
  bool mayBeLent_ = false;
  std::atomic<int> waiting_{0};  // readers
  Clock::duration copying_{};
};

}  // namespace glissade
