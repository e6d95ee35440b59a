// The checkpoints of a run: when they are due, and the stages of an image.
#include "training/runs/checkpoints.h"

#include <doctest/doctest.h>

#include <condition_variable>
#include <cstring>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "files/folder.h"
#include "matrix/buffer.h"

#ifdef __GLIBC__
#include <pthread.h>
#endif

namespace glissade {
namespace {

using Waiting = Checkpoints::Waiting;
using Clock = Checkpoints::Clock;

/// Checkpoints of an image of 64 bytes, and their results.
class Example {
 public:
  explicit Example(const CheckpointOptions& options, int64_t steps = 0)
      : image_(64), checkpoints_(options, image_.data(), steps) {
    checkpoints_.listen([this](const Checkpoints::Result& result) {
      const std::lock_guard lock(mutex_);
      results_.push_back(result);
      told_.notify_one();
    });
  }

  Checkpoints& checkpoints() { return checkpoints_; }

  /// Makes an image of 64 equal bytes after some steps. Returns its number, or 0 if the memory is in use.
  int64_t image(char byte, int64_t steps, Waiting waiting = Waiting::stays) {
    std::byte* const memory = checkpoints_.beginImage(waiting);
    if (!memory) return 0;
    std::memset(memory, byte, 64);
    return checkpoints_.endImage(steps, Clock::now());
  }

  void write(int64_t number, const std::string& path, std::vector<std::string> obsolete = {}) {
    const std::string_view header = "00000000:";
    const auto bytes = std::as_bytes(std::span(header));
    checkpoints_.write(number, {path, {bytes.begin(), bytes.end()}, 0, {{0, 3}, {60, 4}}, std::move(obsolete)});
  }

  Checkpoints::Result next() {
    std::unique_lock lock(mutex_);
    told_.wait(lock, [&] { return !results_.empty(); });
    const auto result = results_.front();
    results_.erase(results_.begin());
    return result;
  }

  void untilIdle() const {
    while (!checkpoints_.isIdle()) std::this_thread::yield();
  }

 private:
  Buffer<std::byte> image_;
  Checkpoints checkpoints_;
  std::mutex mutex_;
  std::condition_variable told_;
  std::vector<Checkpoints::Result> results_;
};

TEST_SUITE_BEGIN("training");

TEST_CASE("a checkpoint is due at multiples of the steps, or after the seconds since the last one") {
  Example bySteps(CheckpointOptions{{}, 100}, 250);
  const auto now = Clock::now();
  CHECK(bySteps.checkpoints().stepsUntilDue(250, 1000) == 50);
  CHECK(bySteps.checkpoints().stepsUntilDue(250, 7) == 7);
  CHECK(bySteps.checkpoints().stepsUntilDue(300, 7) == 7);
  CHECK_FALSE(bySteps.checkpoints().isDueByStep(299));
  CHECK_FALSE(bySteps.checkpoints().isDue(299, now + std::chrono::hours(99)));
  CHECK(bySteps.checkpoints().isDue(300, now));
  const int64_t number = bySteps.image('a', 317);
  CHECK(number == 1);
  CHECK_FALSE(bySteps.checkpoints().isDue(400, now));  // the last one waits
  bySteps.checkpoints().drop(number);
  CHECK_FALSE(bySteps.checkpoints().isDue(399, now));
  CHECK(bySteps.checkpoints().isDue(400, now));

  Example byTime(CheckpointOptions{0.5, {}});
  CHECK_FALSE(byTime.checkpoints().isDue(1'000'000, now));
  CHECK(byTime.checkpoints().isDue(0, now + std::chrono::seconds(1)));

  Example never(CheckpointOptions{1e300, {}});
  CHECK_FALSE(never.checkpoints().isDue(0, now + std::chrono::hours(24 * 365)));
}

TEST_CASE("the replaced files are removed after an image is written") {
  const Folder folder;
  Example example(CheckpointOptions{{}, 1});
  folder.write("old", "");
  example.write(example.image('a', 1), folder.path("new"), {folder.path("old"), folder.path("gone")});
  const Checkpoints::Result result = example.next();
  CHECK(result.number == 1);
  CHECK(result.code == nullptr);
  CHECK(folder.contents("new").substr(8) == ":aaaaaaa");
  CHECK(folder.names() == std::vector<std::string>{"new"});
  example.untilIdle();
  CHECK(example.image('b', 2) == 2);
}

TEST_CASE("a failure is reported, the files stay, and the next image is written") {
  const Folder folder;
  Example example(CheckpointOptions{{}, 1});
  folder.write("old", "");
  example.write(example.image('a', 1), folder.path("none/new"), {folder.path("old")});
  const Checkpoints::Result result = example.next();
  CHECK(std::string(result.code) == "ERR_FILE");
  CHECK(result.message == "can't write " + folder.path("none/new") + ": no such file or directory");
  CHECK(folder.names() == std::vector<std::string>{"old"});
  example.untilIdle();
  example.write(example.image('b', 2), folder.path("new"));
  CHECK(example.next().code == nullptr);
}

#ifdef __GLIBC__
TEST_CASE("a failure to start a thread is reported as a failure to write the file") {
  const Folder folder;
  Example example(CheckpointOptions{{}, 1});
  const int64_t number = example.image('a', 1);
  pthread_attr_t usual, huge;
  REQUIRE(pthread_getattr_default_np(&usual) == 0);
  REQUIRE(pthread_getattr_default_np(&huge) == 0);
  REQUIRE(pthread_attr_setstacksize(&huge, size_t{1} << 60) == 0);
  REQUIRE(pthread_setattr_default_np(&huge) == 0);
  example.write(number, folder.path("new"));
  REQUIRE(pthread_setattr_default_np(&usual) == 0);
  const Checkpoints::Result result = example.next();
  CHECK(result.number == number);
  CHECK(std::string(result.code) == "ERR_OUT_OF_RANGE");
  CHECK(result.message == "no thread could be started to write " + folder.path("new"));
  CHECK(folder.names().empty());
  CHECK(example.checkpoints().isIdle());
  example.write(example.image('b', 2), folder.path("new"));
  CHECK(example.next().code == nullptr);
}
#endif

TEST_CASE("a waiting image is replaced only by the last one, and its description is then ignored") {
  const Folder folder;
  Example example(CheckpointOptions{{}, 1});
  const int64_t first = example.image('a', 1);
  CHECK(example.image('b', 2) == 0);
  const int64_t last = example.image('c', 3, Waiting::isReplaced);
  example.write(first, folder.path("first"));
  CHECK_FALSE(example.checkpoints().isIdle());
  example.write(last, folder.path("last"));
  CHECK(example.next().number == last);
  CHECK(folder.contents("last").substr(8) == ":ccccccc");
  CHECK(folder.names() == std::vector<std::string>{"last"});
}

TEST_CASE("nothing waits or starts after closing") {
  Example example(CheckpointOptions{{}, 1});
  const int64_t number = example.image('a', 1);
  example.checkpoints().close();
  CHECK(example.checkpoints().isIdle());
  CHECK(example.image('b', 2, Waiting::isReplaced) == 0);
  example.write(number, "/nowhere");
  CHECK(example.checkpoints().isIdle());
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
