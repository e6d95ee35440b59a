#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "parallel/backoff.h"
#include "parallel/processors.h"
#include "parallel/team.h"

namespace glissade {

/// How much of the engine's time a job has had. Successive jobs of one owner share a turn.
class Turn {
  friend class Engine;
  std::chrono::steady_clock::duration used_{};  // guarded by the engine
};

/// Work for the engine, done a slice at a time so that jobs share the team fairly.
class Job {
 public:
  enum class Progress { more, parked, done };

  explicit Job(std::shared_ptr<Turn> turn = std::make_shared<Turn>()) : turn_(std::move(turn)) {}
  virtual ~Job() = default;

  /// Does a slice of about a millisecond. A parked job is dropped from the queue until it is submitted again.
  virtual Progress advance(Team& team) noexcept = 0;

  /// Whether a caller waits for this job. Awaited jobs together get every other slice.
  virtual bool isAwaited() const { return false; }

 private:
  friend class Engine;
  const std::shared_ptr<Turn> turn_;
  // Its place in a queue, kept here while it is in none: to submit a job allocates nothing.
  std::list<std::shared_ptr<Job>> place_{nullptr};
  bool isResubmitted_ = false;  // during its slice
  bool done_ = false;
};

/// A job of one slice.
class SliceJob final : public Job {
 public:
  /// It must not throw.
  using Work = std::function<void(Team& team)>;

  explicit SliceJob(Work work, std::shared_ptr<Turn> turn = std::make_shared<Turn>())
      : Job(std::move(turn)), work_(std::move(work)) {}

  Progress advance(Team& team) noexcept override {
    work_(team);
    return Progress::done;
  }

 private:
  const Work work_;
};

/// The one thread of the process that enters parallel regions, and its queues of jobs. The thread starts with the first
/// job. Thread-safe.
///
/// Jobs have equal shares of the time, whatever the length of their slices: steps of a large network take a hundred
/// times as long as those of a small one, which would starve if they took turns slice by slice.
class Engine {
 public:
  /// A forked child must not use it: it has none of its parent's threads.
  static Engine& instance();

  /// Allocates nothing once the engine's thread runs.
  /// @throws Error ERR_INTERNAL if it can't be started.
  void submit(std::shared_ptr<Job> job);

  /// Blocks until a submitted job is done. Background work does not rest meanwhile.
  void wait(const Job& job);

  /// Does a slice of some work. All members call it together; it returns, equally to all, whether there is more.
  using Work = std::function<bool(const Member&)>;

  /// Does work on the team, as an awaited job, and waits for it.
  void run(const Work& work);

  /// Like run(), but on the calling thread alone if the team has one thread, if other programs have kept the team from
  /// the processors lately, or at idle priority, where other programs may do so for many seconds.
  void runForCaller(const Work& work);

  /// What the process could use when the engine was made. It determines the number of threads unless the user has set
  /// one.
  const Processors& processors() const { return processors_; }

  size_t threads();
  Priority priority();

  /// Whether the user has set the number of threads, in the environment or by configure().
  bool areThreadsChosen();

  /// Takes effect for slices that start from now on.
  /// @throws Error ERR_OUT_OF_RANGE for a number of threads that is not from 1 to 1024; ERR_BUSY for another priority
  /// once the engine's thread runs, since a process may only lower priorities.
  void configure(std::optional<size_t> threads, std::optional<Priority> priority);

 private:
  using Clock = std::chrono::steady_clock;

  Engine();
  void start();
  void serve();
  void serveNext(std::unique_lock<std::mutex>& lock, Team& team);
  /// Where no threads may be started: does a slice of a job on the calling thread. Returns whether there are more jobs.
  bool serveHere();
  void end();
  using Queue = std::list<std::shared_ptr<Job>>;
  Queue takeNext();
  Queue& queueOf(const Job& job) { return job.isAwaited() ? awaited_ : queue_; }

  std::mutex mutex_;
  std::condition_variable submitted_, finished_;
  Queue queue_, awaited_;  // each served in turn
  size_t waiting_ = 0;     // threads that wait for a job of the first queue; the engine does not rest then
  bool started_ = false, stopping_ = false, arranged_ = false, servesAwaited_ = false;
  const Processors processors_ = Processors::ofProcess();
  size_t threads_;
  bool areThreadsChosen_;
  std::thread::id thread_;  // the engine's
  Priority priority_ = Priority::background;
  Backoff backoff_;
  Clock::duration used_{};  // by the job that was served last: new jobs start from there
};

}  // namespace glissade
