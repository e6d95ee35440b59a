#pragma once

#include <mutex>
#include <shared_mutex>

namespace glissade {

/// A shared mutex whose writers wait for earlier readers only. With std::shared_mutex, later readers may go first, for
/// ever if they never pause. A reading thread must not lock it again: it could wait for a writer that waits for it.
class FairSharedMutex {
 public:
  void lock() {
    const std::lock_guard turn(turn_);
    mutex_.lock();
  }
  void unlock() { mutex_.unlock(); }

  void lock_shared() {
    const std::lock_guard turn(turn_);
    mutex_.lock_shared();
  }
  void unlock_shared() { mutex_.unlock_shared(); }

 private:
  std::mutex turn_;
  std::shared_mutex mutex_;
};

}  // namespace glissade
