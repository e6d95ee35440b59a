#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <utility>

#include "error.h"
#include "models/snapshot.h"

namespace glissade {

/// Who reads and who writes the parameters in a slab. All models over one slab, in whatever JavaScript environment of
/// the process, have one object: while a run changes the parameters, readers get its snapshot and writers are refused.
///
/// Before `share`, one thread uses the object, and nothing is locked.
template <typename Real>
class ParameterAccess {
 public:
  using Writing = std::unique_lock<std::shared_mutex>;

  /// The access to this slab. It must not be freed while somebody holds the result.
  static std::shared_ptr<ParameterAccess> of(const Real* slab) {
    Table& table = all();
    const std::lock_guard lock(table.mutex);
    std::weak_ptr<ParameterAccess>& known = table.bySlab[slab];
    if (std::shared_ptr<ParameterAccess> access = known.lock()) return access;
    std::shared_ptr<ParameterAccess> made(new ParameterAccess(slab), [](ParameterAccess* access) {
      Table& table = all();
      const std::lock_guard lock(table.mutex);
      // Another object may have taken its place after the last reference was gone.
      if (const auto at = table.bySlab.find(access->slab_); at != table.bySlab.end() && at->second.expired())
        table.bySlab.erase(at);
      delete access;
    });
    known = made;
    return made;
  }

  /// Makes it thread-safe. Called before another thread gets the slab.
  void share() { isShared_.store(true, std::memory_order_relaxed); }
  bool isShared() const { return isShared_.load(std::memory_order_relaxed); }

  /// The parameters. They do not change while the result is held, on the calling thread only; during a run they are its
  /// snapshot.
  std::shared_ptr<const Real> read() const {
    std::shared_lock<std::shared_mutex> lock;
    if (isShared()) lock = std::shared_lock(mutex_);
    if (snapshot_) {
      const auto copy = snapshot_->read();
      return {copy, copy->parameters.data()};
    }
    if (!lock) return {std::shared_ptr<void>(), slab_};
    return {std::make_shared<std::shared_lock<std::shared_mutex>>(std::move(lock)), slab_};
  }

  /// What a run has published last, or null if there is none.
  std::shared_ptr<const typename Snapshot<Real>::Copy> published() const {
    std::shared_lock<std::shared_mutex> lock;
    if (isShared()) lock = std::shared_lock(mutex_);
    return snapshot_ ? snapshot_->read() : nullptr;
  }

  /// The right to change the parameters until the result is destroyed, once all readers have ended.
  /// @throws Error ERR_BUSY while a run changes them.
  [[nodiscard]] Writing write() {
    Writing lock;
    if (isShared()) lock = Writing(mutex_);
    checkNoRun();
    return lock;
  }

  /// Leaves the right to change the parameters to a run, until endRun.
  void beginRun(const Writing&, std::shared_ptr<Snapshot<Real>> snapshot) { snapshot_ = std::move(snapshot); }
  void endRun() {
    Writing lock;
    if (isShared()) lock = Writing(mutex_);
    snapshot_.reset();
  }

  bool isTraining() const {
    std::shared_lock<std::shared_mutex> lock;
    if (isShared()) lock = std::shared_lock(mutex_);
    return snapshot_ != nullptr;
  }

  /// @throws Error ERR_BUSY while a run changes the parameters.
  void checkIdle() const {
    std::shared_lock<std::shared_mutex> lock;
    if (isShared()) lock = std::shared_lock(mutex_);
    checkNoRun();
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

  void checkNoRun() const {
    if (snapshot_) throw Error("ERR_BUSY", "the model is being trained; await the run or stop() it first");
  }

  const Real* const slab_;
  std::atomic<bool> isShared_ = false;
  mutable std::shared_mutex mutex_;
  std::shared_ptr<Snapshot<Real>> snapshot_;
};

}  // namespace glissade
