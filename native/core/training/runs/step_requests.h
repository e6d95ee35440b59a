#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "data/dataset.h"
#include "training/steps/tally.h"

namespace glissade {

/// A request for a step on all rows of a minibatch, between the steps of a run.
struct StepRequest {
  uint64_t id;
  Dataset minibatch;
};

/// The answer to a request.
struct StepAnswer {
  uint64_t id;
  Tally tally;
  int64_t steps;          // of the trainer
  std::string_view code;  // of a failure, after which nothing has changed; else empty
  std::string message;
};

/// Requests in order of arrival. Thread-safe.
class StepRequests {
 public:
  /// Returns false once the run has closed the queue.
  bool add(StepRequest request) {
    const std::lock_guard lock(mutex_);
    if (isClosed_) return false;
    queue_.push_back(std::move(request));
    count_ = queue_.size();
    return true;
  }

  bool isAnyWaiting() const { return count_.load(std::memory_order_relaxed) > 0; }

  std::optional<StepRequest> take() {
    const std::lock_guard lock(mutex_);
    if (queue_.empty()) return {};
    StepRequest first = std::move(queue_.front());
    queue_.pop_front();
    count_ = queue_.size();
    return first;
  }

  /// Drops those that wait.
  void close() {
    const std::lock_guard lock(mutex_);
    isClosed_ = true;
    queue_.clear();
    count_ = 0;
  }

 private:
  std::mutex mutex_;
  std::deque<StepRequest> queue_;
  bool isClosed_ = false;
  std::atomic<size_t> count_{0};
};

}  // namespace glissade
