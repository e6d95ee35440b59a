#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <unordered_map>
#include <utility>

#include "error.h"
#include "models/snapshot.h"
#include "parallel/fair_shared_mutex.h"

namespace glissade {

/// Coordinates readers and writers of a slab's parameters. All models over one slab, in whatever JavaScript environment
/// of the process, have one object: while a run changes the parameters, readers get its snapshot and writers are
/// refused.
///
/// Before `share`, one thread uses the object, and nothing is locked.
template <typename Real>
class ParameterAccess {
 public:
  using Writing = std::unique_lock<FairSharedMutex>;

  /// The access to this slab. The slab must outlive the result.
  static std::shared_ptr<ParameterAccess> of(const Real* slab) {
    // Made, and destroyed, while the table is not locked: the deleter locks it. It is called, too, if there is no
    // memory for the pointer.
    const std::shared_ptr<ParameterAccess> made(new ParameterAccess(slab), [](ParameterAccess* access) {
      Table& table = all();
      const std::lock_guard lock(table.mutex);
      // Another object may have taken its place after the last reference was gone.
      if (const auto at = table.bySlab.find(access->slab_); at != table.bySlab.end() && at->second.expired())
        table.bySlab.erase(at);
      delete access;
    });
    Table& table = all();
    const std::lock_guard lock(table.mutex);
    std::weak_ptr<ParameterAccess>& known = table.bySlab[slab];
    if (std::shared_ptr<ParameterAccess> access = known.lock()) return access;
    known = made;
    return made;
  }

  /// Makes it thread-safe. Called before another thread gets the slab.
  /// @throws Error ERR_BUSY within a step of this thread, which has locked nothing yet.
  void share() {
    checkNotWithinStep();
    isShared_.store(true, std::memory_order_relaxed);
  }
  bool isShared() const { return isShared_.load(std::memory_order_relaxed); }

  /// The parameters. They do not change until the result is destroyed, on the calling thread only; during a run they
  /// are its snapshot.
  std::shared_ptr<const Real> read() const {
    auto lock = lockToRead();
    if (const auto copy = copyOfRun()) return {copy, copy->parameters.data()};
    if (!lock) return {std::shared_ptr<void>(), slab_};
    return {std::make_shared<std::shared_lock<FairSharedMutex>>(std::move(lock)), slab_};
  }

  /// Fills `copy` with the parameters after a step of a run, if they are what it has published last, or what it has
  /// ended with. Returns whether they are.
  bool copyAfterStep(int64_t step, size_t count, Real* copy) const {
    const auto lock = lockToRead();
    if (!snapshot_) return false;
    const auto published = snapshot_->published();
    const bool isPublished = published && published->step == step;
    if (!isPublished && snapshot_->endedAt() != step) return false;
    std::copy_n(isPublished ? published->parameters.data() : slab_, count, copy);
    return true;
  }

  /// The right to change the parameters until the result is destroyed, once all readers have ended.
  /// @throws Error ERR_BUSY while a run changes them, or within a step of this thread.
  [[nodiscard]] Writing write() {
    checkNotWithinStep();
    Writing lock;
    if (isShared()) lock = Writing(mutex_);
    checkNoRun();
    return lock;
  }

  /// Gives a run the right to change the parameters, until endRun.
  void beginRun(const Writing&, std::shared_ptr<Snapshot<Real>> snapshot) { snapshot_ = std::move(snapshot); }
  void endRun() {
    Writing lock;
    if (isShared()) lock = Writing(mutex_);
    snapshot_.reset();
  }

  bool isTraining() const {
    const auto lock = lockToRead();
    return snapshot_ != nullptr;
  }

  /// @throws Error ERR_BUSY while a run changes the parameters, or within a step of this thread.
  void checkIdle() const {
    checkNotWithinStep();
    const auto lock = lockToRead();
    checkNoRun();
  }

  /// Within a step of this thread, which has the right to change the parameters: calls work(), which may read them as
  /// they are then, but not change them. Other threads wait for the step.
  template <typename Work>
  auto callWithinStep(const Writing&, Work work) {
    struct Call {
      explicit Call(std::atomic<std::thread::id>& stepping) : stepping(stepping) {
        stepping.store(std::this_thread::get_id(), std::memory_order_relaxed);
      }
      ~Call() { stepping.store({}, std::memory_order_relaxed); }
      std::atomic<std::thread::id>& stepping;
    };
    const Call call(stepping_);
    return work();
  }

 private:
  struct Table {
    std::mutex mutex;
    std::unordered_map<const Real*, std::weak_ptr<ParameterAccess>> bySlab;
  };

  explicit ParameterAccess(const Real* slab) : slab_(slab) {}

  /// Never destroyed: environments may end after static objects.
  static Table& all() {
    static Table& table = *new Table;
    return table;
  }

  bool isWithinStep() const { return stepping_.load(std::memory_order_relaxed) == std::this_thread::get_id(); }

  /// Locks nothing within a step of this thread, which has the lock.
  std::shared_lock<FairSharedMutex> lockToRead() const {
    if (!isShared() || isWithinStep()) return {};
    return std::shared_lock(mutex_);
  }

  /// What a run that changes the parameters has published last; null if there is no such run.
  std::shared_ptr<const typename Snapshot<Real>::Copy> copyOfRun() const {
    const auto copy = snapshot_ ? snapshot_->read() : nullptr;
    return copy && !snapshot_->endedAt() ? copy : nullptr;
  }

  void checkNotWithinStep() const {
    if (isWithinStep()) throw Error("ERR_BUSY", "the model is within a step, whose loss is being computed");
  }

  void checkNoRun() const {
    if (snapshot_) throw Error("ERR_BUSY", "the model is being trained; await the run or stop() it first");
  }

  const Real* const slab_;
  std::atomic<bool> isShared_ = false;
  std::atomic<std::thread::id> stepping_{};  // the thread that calls somebody within its step
  mutable FairSharedMutex mutex_;
  std::shared_ptr<Snapshot<Real>> snapshot_;
};

}  // namespace glissade
