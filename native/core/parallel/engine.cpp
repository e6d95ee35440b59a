#include "parallel/engine.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "error.h"
#include "parallel/denormals.h"
#include "parallel/pace.h"
#include "system/process.h"
#include "system/thread_starts.h"
#include "system/times.h"

namespace glissade {
namespace {

class WorkJob : public Job {
 public:
  explicit WorkJob(const Engine::Work& work) : work_(work) {}

  bool isAwaited() const override { return true; }

  Progress advance(Team& team) noexcept override {
    bool more = false;
    team.parallel([&](const Member& member) {
      const bool left = work_(member);
      if (member.isFirst()) more = left;
    });
    return more ? Progress::more : Progress::done;
  }

 private:
  const Engine::Work& work_;
};

double secondsNow() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

constexpr size_t kMostThreads = 1024;

// Jobs whose times differ by no more than this take turns.
constexpr std::chrono::milliseconds kEqual{1};

std::atomic<Engine*> engineOfProcess{nullptr};  // never destroyed: its thread may outlive static destructors

/// The number of threads in OpenMP's variable, which is for all programs: the first number of its list. None if it
/// begins otherwise.
std::optional<size_t> threadsOfOpenMp() {
  const char* const given = std::getenv("OMP_NUM_THREADS");
  if (!given) return {};
  char* end;
  const long threads = std::strtol(given, &end, 10);
  while (*end == ' ') ++end;
  if ((*end && *end != ',') || threads < 1) return {};
  return std::min(static_cast<size_t>(threads), kMostThreads);
}

/// The number of threads that the environment asks for.
std::optional<size_t> threadsOfEnvironment() {
  const char* const given = std::getenv("GLISSADE_THREADS");
  if (!given || !*given) return threadsOfOpenMp();
  char* end;
  const long threads = std::strtol(given, &end, 10);
  if (*end || threads < 1 || threads > static_cast<long>(kMostThreads))
    throw Error("ERR_INVALID_ARGUMENT",
                "GLISSADE_THREADS is \"" + std::string(given) + "\", expected an integer from 1 to 1024");
  return static_cast<size_t>(threads);
}

Priority priorityAtStart() {
  const char* const given = std::getenv("GLISSADE_PRIORITY");
  if (!given || !*given) return Priority::background;
  for (const auto& [name, priority] : kPriorities)
    if (std::string(given) == name) return priority;
  throw Error("ERR_INVALID_ARGUMENT",
              "GLISSADE_PRIORITY is \"" + std::string(given) + "\", expected idle, background or normal");
}

}  // namespace

Engine& Engine::instance() {
  if (Engine* const engine = engineOfProcess.load(std::memory_order_acquire)) return *engine;
  std::unique_ptr<Engine> made(new Engine);
  Engine* other = nullptr;
  return engineOfProcess.compare_exchange_strong(other, made.get()) ? *made.release() : *other;
}

Engine::Engine()
    : threads_(threadsOfEnvironment().value_or(processors_.threads())),
      areThreadsChosen_(threadsOfEnvironment().has_value()),
      priority_(priorityAtStart()) {}

void Engine::submit(std::shared_ptr<Job> job) {
  const std::lock_guard lock(mutex_);
  if (!started_) start();
  job->turn_->used_ = std::max(job->turn_->used_, used_);
  if (job->place_.empty()) {
    job->isResubmitted_ = true;
    return;
  }
  Queue& queue = queueOf(*job);
  queue.splice(queue.end(), job->place_);
  queue.back() = std::move(job);
  submitted_.notify_one();
  if (!mayStartThreads()) onEventLoop([] { return engineOfProcess.load()->serveHere(); });
}

void Engine::start() {
  atExit([] {
    if (Engine* const engine = engineOfProcess) engine->end();
  });
  try {
    if (mayStartThreads()) std::thread([this] { serve(); }).detach();
  } catch (const std::system_error& error) {
    throw Error("ERR_INTERNAL", std::string("the engine's thread can't be started: ") + error.what());
  }
  started_ = true;
}

/// An exit during a slice waits for the end of the slice, so that the team is idle when memory is freed.
void Engine::end() {
  std::unique_lock lock(mutex_);
  if (std::this_thread::get_id() == thread_) return;  // a job has ended the process
  stopping_ = true;
  submitted_.notify_all();
  finished_.wait(lock, [&] { return !started_; });
}

void Engine::wait(const Job& job) {
  if (!mayStartThreads()) {
    while (!job.done_) serveHere();
    return;
  }
  std::unique_lock lock(mutex_);
  const size_t one = job.isAwaited() ? 0 : 1;
  waiting_ += one;
  submitted_.notify_one();  // ends a rest
  finished_.wait(lock, [&] { return job.done_; });
  waiting_ -= one;
}

void Engine::run(const Work& work) {
  const auto job = std::make_shared<WorkJob>(work);
  submit(job);
  wait(*job);
}

void Engine::runForCaller(const Work& work) {
  const bool alone = [&] {
    const std::lock_guard lock(mutex_);
    return threads_ == 1 || (priority_ == Priority::idle && mayBeIdle()) || backoff_.isActive(secondsNow());
  }();
  if (!alone) return run(work);
  const FlushDenormals flush;
  while (work(Member(0, 1)))
    ;
}

size_t Engine::threads() {
  const std::lock_guard lock(mutex_);
  return threads_;
}

bool Engine::areThreadsChosen() {
  const std::lock_guard lock(mutex_);
  return areThreadsChosen_;
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
  if (threads) areThreadsChosen_ = true;
  if (!threads || *threads == threads_) return;
  threads_ = *threads;
  arranged_ = false;  // the new team starts with a new Attendance
  backoff_ = {};
}

/// Takes the job to serve from its queue. Callers that wait take turns with each other, slice by slice.
Engine::Queue Engine::takeNext() {
  servesAwaited_ = !awaited_.empty() && (queue_.empty() || !servesAwaited_);
  Queue& queue = servesAwaited_ ? awaited_ : queue_;
  auto next = queue.begin();
  if (!servesAwaited_) {
    Clock::duration least = Clock::duration::max();
    for (const auto& job : queue_) least = std::min(least, job->turn_->used_);
    while ((*next)->turn_->used_ > least + kEqual) ++next;
    used_ = std::max(used_, (*next)->turn_->used_);
  }
  Queue taken;
  taken.splice(taken.begin(), queue, next);
  return taken;
}

/// Does a slice of the next job. There must be one.
void Engine::serveNext(std::unique_lock<std::mutex>& lock, Team& team) {
  Queue taken = takeNext();
  Job& job = *taken.front();
  const bool isTriedAgain = servesAwaited_ && team.isCrowdedOut() && !backoff_.isActive(secondsNow());
  const bool arrange = !std::exchange(arranged_, true) || isTriedAgain;
  const size_t threads = threads_;
  const Priority priority = priority_;
  lock.unlock();
  if (arrange) team.arrange(threads, priority);
  const Clock::time_point begin = Clock::now();
  const Job::Progress progress = job.advance(team);
  const Clock::duration duration = Clock::now() - begin;
  lock.lock();
  job.turn_->used_ += duration;
  if (team.isCrowdedOut()) backoff_.begin(secondsNow());
  const bool isResubmitted = std::exchange(job.isResubmitted_, false);
  if (progress == Job::Progress::more || (progress == Job::Progress::parked && isResubmitted)) {
    Queue& next = queueOf(job);
    next.splice(next.end(), taken);
  } else {
    std::shared_ptr<Job> dropped = std::move(taken.front());
    job.place_.splice(job.place_.end(), taken);
    job.done_ = progress == Job::Progress::done;
    finished_.notify_all();
    lock.unlock();
    dropped.reset();  // may free much memory: not under the lock
    lock.lock();
  }
}

bool Engine::serveHere() {
  static Team team;
  std::unique_lock lock(mutex_);
  if (queue_.empty() && awaited_.empty()) return false;
  serveNext(lock, team);
  return !queue_.empty() || !awaited_.empty();
}

void Engine::serve() {
  Team team;
  const bool isLimited = processors_.quota.value_or(kMostThreads) < static_cast<double>(processors_.usable);
  Pace pace(isLimited ? processors_.quota : std::nullopt);
  std::unique_lock lock(mutex_);
  thread_ = std::this_thread::get_id();
  while (true) {
    submitted_.wait(lock, [&] { return stopping_ || !queue_.empty() || !awaited_.empty(); });
    if (stopping_) break;
    if (!queue_.empty() && priority_ != Priority::normal && waiting_ == 0) {
      const std::chrono::duration<double> rest(pace.restAt(secondsNow(), 1e-9 * static_cast<double>(processTime())));
      if (rest.count() > 0) {
        servesAwaited_ = false;  // callers that wait have the next turn
        if (awaited_.empty())
          submitted_.wait_for(lock, rest, [&] { return stopping_ || !awaited_.empty() || waiting_ > 0; });
        if (awaited_.empty()) continue;
      }
    }
    serveNext(lock, team);
  }
  started_ = false;
  finished_.notify_all();
  // The process ends. If this thread ended now, it would join its team in a race with the dynamic linker's shutdown.
  submitted_.wait(lock, [] { return false; });
}

}  // namespace glissade
