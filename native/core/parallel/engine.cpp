#include "parallel/engine.h"

#include <cstdlib>
#include <string>
#include <thread>
#include <utility>

#include "error.h"

namespace glissade {
namespace {

class FunctionJob : public Job {
 public:
  explicit FunctionJob(const std::function<void(const Member&)>& work) : work_(work) {}

  Progress advance(Team& team) noexcept override {
    team.parallel(work_);
    return Progress::done;
  }

 private:
  const std::function<void(const Member&)>& work_;
};

constexpr size_t kMostThreads = 1024;

size_t threadsAtStart() {
  const char* wish = std::getenv("GLISSADE_THREADS");
  if (!wish || !*wish) return Team::available();
  char* end;
  const long threads = std::strtol(wish, &end, 10);
  if (*end || threads < 1 || threads > static_cast<long>(kMostThreads))
    throw Error("ERR_INVALID_ARGUMENT",
                "GLISSADE_THREADS is \"" + std::string(wish) + "\", expected an integer from 1 to 1024");
  return static_cast<size_t>(threads);
}

Priority priorityAtStart() {
  const char* wish = std::getenv("GLISSADE_PRIORITY");
  if (!wish || !*wish || std::string(wish) == "background") return Priority::background;
  if (std::string(wish) == "normal") return Priority::normal;
  throw Error("ERR_INVALID_ARGUMENT",
              "GLISSADE_PRIORITY is \"" + std::string(wish) + "\", expected background or normal");
}

}  // namespace

Engine& Engine::instance() {
  static Engine& engine = *new Engine;  // never destroyed: its thread may outlive static destructors
  return engine;
}

Engine::Engine() : threads_(threadsAtStart()), priority_(priorityAtStart()) {}

void Engine::submit(std::shared_ptr<Job> job) {
  const std::lock_guard lock(mutex_);
  if (!started_) start();
  queue_.push_back(std::move(job));
  submitted_.notify_one();
}

void Engine::start() {
  std::thread([this] { serve(); }).detach();
  started_ = true;
  // An exit in the middle of a slice waits for its end, so that the team is idle when memory is torn down.
  std::atexit([] {
    Engine& engine = instance();
    std::unique_lock lock(engine.mutex_);
    engine.stopping_ = true;
    engine.submitted_.notify_all();
    engine.finished_.wait(lock, [&] { return !engine.started_; });
  });
}

void Engine::wait(const Job& job) {
  std::unique_lock lock(mutex_);
  finished_.wait(lock, [&] { return job.done_; });
}

void Engine::run(std::shared_ptr<Job> job) {
  submit(job);
  wait(*job);
}

void Engine::run(const std::function<void(const Member&)>& work) { run(std::make_shared<FunctionJob>(work)); }

size_t Engine::threads() {
  const std::lock_guard lock(mutex_);
  return threads_;
}

Priority Engine::priority() {
  const std::lock_guard lock(mutex_);
  return priority_;
}

void Engine::configure(std::optional<size_t> threads, std::optional<Priority> priority) {
  if (threads && (*threads < 1 || *threads > kMostThreads))
    throw Error("ERR_OUT_OF_RANGE", "threads must be from 1 to " + std::to_string(kMostThreads));
  const std::lock_guard lock(mutex_);
  if (priority && *priority != priority_ && started_)
    throw Error("ERR_BUSY", "priority can only be set before the first training or parallel step of the process");
  if (priority) priority_ = *priority;
  if (threads) threads_ = *threads;
  arranged_ = false;
}

void Engine::serve() {
  Team team;
  std::unique_lock lock(mutex_);
  while (true) {
    submitted_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
    if (stopping_) break;
    std::shared_ptr<Job> job = std::move(queue_.front());
    queue_.pop_front();
    const bool arrange = !std::exchange(arranged_, true);
    const size_t threads = threads_;
    lock.unlock();
    if (arrange) team.arrange(threads, priority_);
    const Job::Progress progress = job->advance(team);
    lock.lock();
    if (progress == Job::Progress::more) queue_.push_back(job);
    if (progress == Job::Progress::done) {
      job->done_ = true;
      finished_.notify_all();
      lock.unlock();
      job.reset();  // may free much memory: not under the lock
      lock.lock();
    }
  }
  started_ = false;
  finished_.notify_all();
}

}  // namespace glissade
