#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "parallel/team.h"

namespace glissade {

/// Work for the engine, done a slice at a time so that jobs share the team fairly.
class Job {
 public:
  enum class Progress { more, parked, done };

  virtual ~Job() = default;

  /// Does a slice of about a millisecond. A parked job is dropped from the queue until it is submitted again.
  virtual Progress advance(Team& team) noexcept = 0;

 private:
  friend class Engine;
  bool done_ = false;
};

/// The one thread of the process that enters parallel regions, and its queue of jobs, served in turn. It starts with
/// the first job. (A region entered from several threads would give each its own pool.)
class Engine {
 public:
  static Engine& instance();

  /// @throws std::system_error where the process may have no further thread.
  void submit(std::shared_ptr<Job> job);

  /// Blocks until a submitted job is done.
  void wait(const Job& job);

  /// Submits a job and waits for it.
  void run(std::shared_ptr<Job> job);

  /// Runs work(member) on the team, in one slice, and waits for it.
  void run(const std::function<void(const Member&)>& work);

  size_t threads();
  Priority priority();

  /// Takes effect for slices that start from now on.
  /// @throws Error ERR_BUSY for a change of priority once the engine's thread runs: it could only be lowered.
  void configure(std::optional<size_t> threads, std::optional<Priority> priority);

 private:
  Engine();
  void start();
  void serve();

  std::mutex mutex_;
  std::condition_variable submitted_, finished_;
  std::deque<std::shared_ptr<Job>> queue_;
  bool started_ = false, stopping_ = false, arranged_ = false;
  size_t threads_;
  Priority priority_ = Priority::background;
};

}  // namespace glissade
