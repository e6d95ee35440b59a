#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <utility>

#include "matrix/buffer.h"

namespace glissade {

/// The parameters of a model as they were after some step: written by a run, read by whoever predicts meanwhile.
template <typename Real>
class Snapshot {
 public:
  struct Copy {
    Buffer<Real> parameters;
    int64_t step = 0;
  };

  void publish(const Real* parameters, size_t count, int64_t step) {
    std::shared_ptr<Copy> copy = std::move(spare_);
    if (!copy || copy.use_count() > 1) copy = std::make_shared<Copy>(Copy{Buffer<Real>(count)});
    std::memcpy(copy->parameters.data(), parameters, count * sizeof(Real));
    copy->step = step;
    const std::lock_guard lock(mutex_);
    spare_ = std::exchange(published_, std::move(copy));
  }

  /// The last one published, or none.
  std::shared_ptr<const Copy> read() const {
    const std::lock_guard lock(mutex_);
    return published_;
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<Copy> published_, spare_;
};

}  // namespace glissade
