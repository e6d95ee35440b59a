#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <utility>

#include "matrix/buffer.h"

namespace glissade {

/// A copy of the parameters of a model after some step: a run publishes it, and predictions read it. Thread-safe.
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
    std::memcpy(copy->parameters.data(), parameters, count * sizeof(Real));
    copy->step = step;
    std::shared_ptr<const Copy> next(copy.release(), [shelf = shelf_](Copy* read) { shelf->put(read); });
    const std::lock_guard lock(mutex_);
    published_.swap(next);
  }

  /// The last copy published, or null.
  std::shared_ptr<const Copy> read() const {
    const std::lock_guard lock(mutex_);
    return published_;
  }

 private:
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

  const std::shared_ptr<Shelf> shelf_ = std::make_shared<Shelf>();
  mutable std::mutex mutex_;
  std::shared_ptr<const Copy> published_;
};

}  // namespace glissade
