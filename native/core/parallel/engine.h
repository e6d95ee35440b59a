#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "parallel/team.h"

namespace glissade {

/// Work for the engine, done a slice at a time so that jobs share the team fairly.
class Job {
 public:
  enum class Progress { more, parked, done };

  virtual ~Job() = default;

  /// Does a slice of about a millisecond. A parked job is dropped from the queue until it is submitted again.
  virtual Progress advance(Team& team) noexcept = 0;

  /// Whether somebody waits for it: awaited jobs together get every other slice, if there are any.
  virtual bool isAwaited() const { return false; }

 private:
  friend class Engine;
  bool done_ = false;
};

/// The one thread of the process that enters parallel regions, and its queue of jobs, served in turn. It starts with
/// the first job. (A region entered from several threads would give each its own pool.)
class Engine {
 public:
  static Engine& instance();

  /// @throws Error ERR_INTERNAL where the process may have no further thread.
  void submit(std::shared_ptr<Job> job);

  /// Blocks until a submitted job is done.
  void wait(const Job& job);

  /// Work a piece at a time, each about a slice long: all members call it together, and it tells all of them whether
  /// there is more.
  using Work = std::function<bool(const Member&)>;

  /// Does work on the team, as an awaited job, and waits for it.
  void run(const Work& work);

  /// As `run`; but on the calling thread alone, which may have a better priority, where the team could not help: it has
  /// one thread only, or other programs have kept it from the processors lately.
  void runForCaller(const Work& work);

  size_t threads();
  Priority priority();

  /// Takes effect for slices that start from now on.
  /// @throws Error ERR_BUSY for a change of priority once the engine's thread runs: it could only be lowered.
  void configure(std::optional<size_t> threads, std::optional<Priority> priority);

 private:
  using Clock = std::chrono::steady_clock;

  Engine();
  void start();
  void serve();
  using Queue = std::list<std::shared_ptr<Job>>;  // whose jobs move on without memory
  Queue& queueOf(const Job& job) { return job.isAwaited() ? awaited_ : queue_; }

  std::mutex mutex_;
  std::condition_variable submitted_, finished_;
  Queue queue_, awaited_;  // each served in turn
  bool started_ = false, stopping_ = false, arranged_ = false, servesAwaited_ = false;
  size_t threads_;
  Priority priority_ = Priority::background;
  Clock::time_point crowdedUntil_{};
  std::thread::id thread_;
};

}  // namespace glissade
