#include "parallel/engine.h"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <future>
#include <string>
#include <thread>
#include <vector>

#if defined(__linux__)
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#endif

#include "error.h"
#include "on_team.h"

#if defined(__SANITIZE_ADDRESS__)
/// LeakSanitizer calls this when a process exits. In a forked child it regards memory of the parent's threads as lost.
static bool isForked = false;
extern "C" __attribute__((visibility("default"))) int __lsan_is_turned_off() { return isForked; }
#endif

namespace glissade {
namespace {

/// A job of several slices. Each calls slice(number), which returns how the job continues.
class Slices : public Job {
 public:
  explicit Slices(std::function<Progress(int)> slice) : slice_(std::move(slice)) {}

  Progress advance(Team&) noexcept override { return slice_(number_++); }

 private:
  std::function<Progress(int)> slice_;
  int number_ = 0;
};

using Progress = Job::Progress;

/// Keeps the engine busy until it is opened, so that jobs submitted meanwhile start together.
class Gate {
 public:
  Gate() {
    Engine::instance().submit(job_);
    begun_.get_future().wait();
  }
  void open() {
    opened_.set_value();
    Engine::instance().wait(*job_);
  }

 private:
  std::promise<void> begun_, opened_;
  std::shared_ptr<Job> job_ = std::make_shared<Slices>([this](int) {
    begun_.set_value();
    opened_.get_future().wait();
    return Progress::done;
  });
};

std::string messageOf(const std::function<void()>& work) {
  try {
    work();
    return "no error";
  } catch (const Error& error) {
    return std::string(error.code()) + ": " + error.what();
  }
}

TEST_SUITE_BEGIN("parallel");

TEST_CASE("run returns when every member has finished") {
  for (int i = 0; i < 100; ++i) {
    std::atomic<size_t> done{0};
    onTeam(2, [&](const Member&) { ++done; });
    CHECK(done == 2);
  }
}

TEST_CASE("all work is started from one thread, other than the caller's") {
  std::vector<std::thread::id> first;
  for (int i = 0; i < 3; ++i)
    onTeam(2, [&](const Member& member) {
      if (member.isFirst()) first.push_back(std::this_thread::get_id());
    });
  CHECK(first[0] != std::this_thread::get_id());
  CHECK(first[1] == first[0]);
  CHECK(first[2] == first[0]);
}

TEST_CASE("long jobs take turns") {
  std::string order;
  const auto job = [&](char name) {
    return std::make_shared<Slices>([&order, name](int number) {
      order += name;
      return number < 4 ? Progress::more : Progress::done;
    });
  };
  const auto a = job('a'), b = job('b'), c = job('c');
  Gate gate;
  for (const auto& each : {a, b, c}) Engine::instance().submit(each);
  gate.open();
  for (const auto& each : {a, b, c}) Engine::instance().wait(*each);
  CHECK(order == "abcabcabcabcabc");
}

/// A job with slices of at least a given duration, until `isOver`. `had` adds up the seconds that they took.
std::shared_ptr<Job> slicesOf(std::chrono::milliseconds length, const std::atomic<bool>& isOver,
                              std::atomic<double>& had) {
  return std::make_shared<Slices>([=, &isOver, &had](int) {
    const auto begin = std::chrono::steady_clock::now();
    std::this_thread::sleep_for(length);
    had = had + std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return isOver ? Progress::done : Progress::more;
  });
}

TEST_CASE("jobs have equal shares of the time, whatever the length of their slices") {
  std::atomic<bool> isOver{false};
  std::array<std::atomic<double>, 3> had{};
  const std::array<std::shared_ptr<Job>, 3> jobs{slicesOf(std::chrono::milliseconds(60), isOver, had[0]),
                                                 slicesOf(std::chrono::milliseconds(2), isOver, had[1]),
                                                 slicesOf(std::chrono::milliseconds(12), isOver, had[2])};
  Gate gate;
  for (const auto& job : jobs) Engine::instance().submit(job);
  gate.open();
  while (had[0] < 0.55) std::this_thread::yield();
  isOver = true;
  for (const auto& job : jobs) Engine::instance().wait(*job);
  for (const size_t other : {1, 2}) {
    CHECK(had[other] > 0.3);
    CHECK(had[other] < 1);
  }
}

TEST_CASE("a job that starts later, or was parked, does not catch up on earlier time") {
  std::atomic<bool> isOver{false};
  std::atomic<double> hadEarly{0}, hadLate{0};
  std::atomic<bool> hasPaused{false};
  const auto pausing = std::make_shared<Slices>([&](int number) {
    if (number == 0) return hasPaused = true, Progress::parked;
    return Progress::done;
  });
  Engine::instance().submit(pausing);
  while (!hasPaused) std::this_thread::yield();
  const auto early = slicesOf(std::chrono::milliseconds(10), isOver, hadEarly);
  Engine::instance().submit(early);
  while (hadEarly < 0.2) std::this_thread::yield();
  const double before = hadEarly;
  const auto late = slicesOf(std::chrono::milliseconds(10), isOver, hadLate);
  Engine::instance().submit(late);
  Engine::instance().submit(pausing);
  while (hadLate < 0.1) std::this_thread::yield();
  CHECK(hadEarly - before > 0.05);
  isOver = true;
  for (const auto& job : {early, late}) Engine::instance().wait(*job);
}

TEST_CASE("a sequence of single-turn jobs gets no more than one lasting job") {
  std::atomic<bool> isOver{false};
  std::atomic<double> had{0};
  const auto lasting = slicesOf(std::chrono::milliseconds(1), isOver, had);
  const auto turn = std::make_shared<Turn>();
  class Long : public Job {
   public:
    using Job::Job;
    Progress advance(Team&) noexcept override {
      std::this_thread::sleep_for(std::chrono::milliseconds(40));
      return Progress::done;
    }
  };
  Engine::instance().submit(lasting);
  for (int i = 0; i < 6; ++i) {
    const auto job = std::make_shared<Long>(turn);
    Engine::instance().submit(job);
    Engine::instance().wait(*job);
  }
  CHECK(had > 0.05);  // with one of its slices beside each of the others it would be 0.006
  isOver = true;
  Engine::instance().wait(*lasting);
}

TEST_CASE("short work waits for one slice of a long job, not for its end") {
  std::atomic<bool> endAsked{false};
  const auto endless = std::make_shared<Slices>([&](int) { return endAsked ? Progress::done : Progress::more; });
  Engine::instance().submit(endless);
  for (int i = 0; i < 10; ++i) passBy();
  endAsked = true;
  Engine::instance().wait(*endless);
}

/// Runs awaited work of `pieces` slices, in each of which the first member calls piece().
void await(int pieces, const std::function<void()>& piece) {
  Engine::instance().run([&](const Member& member) {
    if (member.isFirst()) {
      --pieces;
      piece();
    }
    member.barrier();
    return pieces > 0;
  });
}

class AwaitedSlices : public Slices {
 public:
  using Slices::Slices;
  bool isAwaited() const override { return true; }
};

TEST_CASE("awaited jobs together take turns with all others together") {
  std::string order;
  const auto job = [&]<typename Kind>(char name, int slices, Kind*) {
    return std::make_shared<Kind>([&order, name, slices](int number) {
      order += name;
      return number + 1 < slices ? Progress::more : Progress::done;
    });
  };
  const auto slices = [&](char name, int count) { return job(name, count, static_cast<Slices*>(nullptr)); };
  const auto awaited = [&](char name, int count) { return job(name, count, static_cast<AwaitedSlices*>(nullptr)); };
  const std::vector<std::shared_ptr<Job>> jobs{slices('a', 3), slices('b', 3), awaited('X', 3), awaited('Y', 2)};
  Gate gate;
  for (const auto& each : jobs) Engine::instance().submit(each);
  gate.open();
  for (const auto& each : jobs) Engine::instance().wait(*each);
  CHECK(order == "XaYbXaYbXab");
}

TEST_CASE("two callers take turns, and leave every other slice to other jobs") {
  std::atomic<int> slices{0}, first{0};
  std::atomic<bool> endAsked{false};
  const auto endless = std::make_shared<Slices>([&](int) {
    ++slices;
    return endAsked ? Progress::done : Progress::more;
  });
  Engine::instance().submit(endless);
  std::thread other([&] {
    Engine::instance().run([&](const Member& member) {
      first += member.isFirst();
      member.barrier();
      return !endAsked;
    });
  });
  while (first == 0) std::this_thread::yield();
  constexpr int kPieces = 20;
  int pieces = 0, firstThen = 0, slicesThen = 0;
  await(kPieces, [&] {
    if (++pieces == 1) {
      firstThen = first;
      slicesThen = slices;
    }
    if (pieces == kPieces) {
      CHECK(first - firstThen == kPieces - 1);
      CHECK(slices - slicesThen == 2 * (kPieces - 1));
    }
  });
  endAsked = true;
  other.join();
  Engine::instance().wait(*endless);
}

TEST_CASE("work for a caller is done on the calling thread if the team has one thread") {
  const auto threadOf = [] {
    std::thread::id thread;
    int pieces = 0;
    Engine::instance().runForCaller([&](const Member& member) {
      if (member.isFirst()) {
        thread = std::this_thread::get_id();
        ++pieces;
      }
      member.barrier();
      return pieces < 3;
    });
    CHECK(pieces == 3);
    return thread;
  };
  Engine::instance().configure(1, {});
  CHECK(threadOf() == std::this_thread::get_id());
}

TEST_CASE("work for a caller is done on the calling thread at idle priority") {
  Engine::instance().configure(2, Priority::idle);
  std::thread::id thread;
  size_t members = 0;
  Engine::instance().runForCaller([&](const Member& member) {
    thread = std::this_thread::get_id();
    members = member.count();
    return false;
  });
  CHECK(thread == std::this_thread::get_id());
  CHECK(members == 1);
}

TEST_CASE("a parked job does not run until it is submitted again") {
  std::atomic<int> slices{0};
  const auto job = std::make_shared<Slices>([&](int number) {
    ++slices;
    return number == 0 ? Progress::more : number == 1 ? Progress::parked : Progress::done;
  });
  Engine::instance().submit(job);
  for (int i = 0; i < 5; ++i) passBy();  // each waits for a slice of the job, if there is one
  CHECK(slices == 2);
  Engine::instance().submit(job);
  Engine::instance().wait(*job);
  CHECK(slices == 3);
}

TEST_CASE("a job can submit another, and is released when it is done") {
  std::weak_ptr<Job> watched;
  std::promise<std::shared_ptr<Job>> submitted;
  {
    const auto outer = std::make_shared<Slices>([&](int) {
      auto inner = std::make_shared<Slices>([](int) { return Progress::done; });
      Engine::instance().submit(inner);
      submitted.set_value(std::move(inner));
      return Progress::done;
    });
    watched = outer;
    Engine::instance().submit(outer);
    Engine::instance().wait(*outer);
  }
  Engine::instance().wait(*submitted.get_future().get());
  passBy();  // then the engine has released the earlier jobs
  CHECK(watched.expired());
}

TEST_CASE("several threads can submit work at once") {
  std::atomic<size_t> done{0};
  std::vector<std::thread> callers;
  Engine::instance().configure(2, {});
  for (int i = 0; i < 4; ++i)
    callers.emplace_back([&] {
      for (int j = 0; j < 50; ++j)
        Engine::instance().run([&](const Member& member) {
          done += member.isFirst();
          return false;
        });
    });
  for (std::thread& caller : callers) caller.join();
  CHECK(done == 4 * 50);  // the number of members depends on the machine
}

TEST_CASE("the number of threads can change between slices of a job") {
  std::vector<size_t> counts;
  class Counting : public Job {
   public:
    explicit Counting(std::vector<size_t>& counts) : counts_(counts) {}
    Progress advance(Team& team) noexcept override {
      team.parallel([&](const Member& member) {
        if (member.isFirst()) counts_.push_back(member.count());
      });
      Engine::instance().configure(counts_.size() + 1, {});
      return counts_.size() < 4 ? Progress::more : Progress::done;
    }

   private:
    std::vector<size_t>& counts_;
  };
  Engine::instance().configure(1, {});
  const auto job = std::make_shared<Counting>(counts);
  Engine::instance().submit(job);
  Engine::instance().wait(*job);
  CHECK(counts == std::vector<size_t>{1, 2, 3, 4});
}

TEST_CASE("GLISSADE_THREADS sets the number of threads at the start") {
  setenv("GLISSADE_THREADS", "3", 1);
  CHECK(Engine::instance().threads() == 3);
  size_t count = 0;
  Engine::instance().run([&](const Member& member) {
    if (member.isFirst()) count = member.count();
    return false;
  });
  CHECK(count == 3);
}

TEST_CASE("GLISSADE_THREADS other than a number from 1 to 1024 is an error") {
  for (const char* wish : {"0", "-1", "1025", "two", "2x", "1e3"}) {
    setenv("GLISSADE_THREADS", wish, 1);
    CHECK(messageOf([] { Engine::instance(); }) == "ERR_INVALID_ARGUMENT: GLISSADE_THREADS is \"" + std::string(wish) +
                                                       "\", expected an integer from 1 to 1024");
  }
  setenv("GLISSADE_THREADS", "", 1);
  CHECK(Engine::instance().threads() == Engine::instance().processors().threads());
}

TEST_CASE("GLISSADE_PRIORITY other than a priority is an error") {
  setenv("GLISSADE_PRIORITY", "high", 1);
  CHECK(messageOf([] { Engine::instance(); }) ==
        "ERR_INVALID_ARGUMENT: GLISSADE_PRIORITY is \"high\", expected idle, background or normal");
  setenv("GLISSADE_PRIORITY", "normal", 1);
  CHECK(Engine::instance().priority() == Priority::normal);
}

TEST_CASE("GLISSADE_PRIORITY can be idle") {
  setenv("GLISSADE_PRIORITY", "idle", 1);
  CHECK(Engine::instance().priority() == Priority::idle);
}

TEST_CASE("priority can be set until the engine starts") {
  Engine& engine = Engine::instance();
  CHECK(engine.priority() == Priority::background);
  engine.configure({}, Priority::normal);
  engine.configure({}, Priority::background);
  passBy();
  const size_t threads = engine.threads();
  CHECK(messageOf([&] { engine.configure(threads + 1, Priority::normal); }) ==
        "ERR_BUSY: priority can only be set before the first training or parallel step of the process");
  CHECK(engine.priority() == Priority::background);
  CHECK(engine.threads() == threads);  // a refused call changes nothing
  engine.configure({}, Priority::background);
}

#if defined(__linux__)
/// The exit code of a forked child that calls exit(7), or -1 if it does not end within ten seconds.
int codeOfChild() {
  const pid_t child = fork();
  if (child == 0) {
#if defined(__SANITIZE_ADDRESS__)
    isForked = true;
#endif
    std::exit(7);
  }
  int status = -1;
  bool hasEnded = false;
  for (int i = 0; i < 1000 && !hasEnded; ++i) {
    hasEnded = waitpid(child, &status, WNOHANG) == child;
    if (!hasEnded) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  if (!hasEnded) {
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_CASE("a forked child exits") {
  std::atomic<bool> isOver{false};
  const auto busy = std::make_shared<Slices>([&](int) {
    Engine::instance().threads();  // locks the engine
    return isOver ? Progress::done : Progress::more;
  });
  Engine::instance().submit(busy);
  for (int i = 0; i < 20; ++i) CHECK(codeOfChild() == 7);
  isOver = true;
  Engine::instance().wait(*busy);
}
#endif

#if defined(__linux__)
int niceness() { return getpriority(PRIO_PROCESS, static_cast<id_t>(gettid())); }

TEST_CASE("in the background every thread of the team has a lower priority, and no other") {
  const int own = niceness();
  for (const size_t members : {2, 3}) {
    std::atomic<size_t> giveWay{0};
    onTeam(members, [&](const Member&) { giveWay += niceness() == 19; });
    CHECK(giveWay == members);
  }
  CHECK(niceness() == own);
}

TEST_CASE("at idle priority every thread of the team has the policy for idle processors, and no other") {
  const int own = sched_getscheduler(0);
  Engine::instance().configure({}, Priority::idle);
  for (const size_t members : {2, 3}) {
    std::atomic<size_t> idle{0};
    onTeam(members, [&](const Member&) { idle += sched_getscheduler(0) == SCHED_IDLE; });
    CHECK(idle == members);
  }
  CHECK(sched_getscheduler(0) == own);
}

TEST_CASE("at normal priority the team is as nice as its process") {
  const int own = niceness();
  Engine::instance().configure(2, Priority::normal);
  std::atomic<size_t> alike{0};
  Engine::instance().run([&](const Member&) {
    alike += niceness() == own;
    return false;
  });
  CHECK(alike == 2);
}
#endif

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
