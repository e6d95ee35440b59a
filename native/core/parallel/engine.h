#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>

#include "parallel/processors.h"
#include "parallel/team.h"

namespace glissade {

/// Work for the engine, done a slice at a time so that jobs share the team fairly.
class Job {
 public:
  enum class Progress { more, parked, done };

  virtual ~Job() = default;

  /// Does a slice of about a millisecond. A parked job is dropped from the queue until it is submitted again.
  virtual Progress advance(Team& team) noexcept = 0;

  /// Whether a caller waits for this job. Awaited jobs together get every other slice.
  virtual bool isAwaited() const { return false; }

 private:
  friend class Engine;
  bool done_ = false;
};

/// The one thread of the process that enters parallel regions, and its queues of jobs. The thread starts with the first
/// job. Thread-safe.
class Engine {
 public:
  static Engine& instance();

  /// @throws Error ERR_INTERNAL if the engine's thread can't be started.
  void submit(std::shared_ptr<Job> job);

  /// Blocks until a submitted job is done.
  void wait(const Job& job);

  /// Does a slice of some work. All members call it together; it returns, equally to all, whether there is more.
  using Work = std::function<bool(const Member&)>;

  /// Does work on the team, as an awaited job, and waits for it.
  void run(const Work& work);

  /// Like run(), or on the calling thread alone where the team would not help: it has one thread only, or other
  /// programs have kept it from the processors lately. The calling thread may have a higher priority.
  void runForCaller(const Work& work);

  /// What the process might use when the engine was made: its number of threads, unless the user has set one.
  const Processors& processors() const { return processors_; }

  size_t threads();
  Priority priority();

  /// Takes effect for slices that start from now on.
  /// @throws Error ERR_OUT_OF_RANGE for a number of threads that is not from 1 to 1024; ERR_BUSY for another priority
  /// once the engine's thread runs, since a process may only lower priorities.
  void configure(std::optional<size_t> threads, std::optional<Priority> priority);

 private:
  using Clock = std::chrono::steady_clock;

  Engine();
  void start();
  void serve();
  using Queue = std::list<std::shared_ptr<Job>>;  // a list: moving a job allocates nothing
  Queue& queueOf(const Job& job) { return job.isAwaited() ? awaited_ : queue_; }

  std::mutex mutex_;
  std::condition_variable submitted_, finished_;
  Queue queue_, awaited_;  // each served in turn
  bool started_ = false, stopping_ = false, arranged_ = false, servesAwaited_ = false;
  const Processors processors_ = Processors::ofProcess();
  size_t threads_;
  Priority priority_ = Priority::background;
  Clock::time_point crowdedUntil_{};
};

}  // namespace glissade
