#include "training/runs/checkpoints.h"

#include <algorithm>
#include <exception>
#include <limits>
#include <new>
#include <system_error>
#include <thread>

#include "error.h"
#include "files/whole_file.h"
#include "parallel/engine.h"
#include "system/files.h"

namespace glissade {
namespace {

/// The first multiple of `every` after `steps`.
int64_t nextMultiple(const std::optional<size_t>& every, int64_t steps) {
  if (!every) return std::numeric_limits<int64_t>::max();
  const auto unit = static_cast<int64_t>(*every);
  return (steps / unit + 1) * unit;
}

Checkpoints::Clock::time_point timeAfter(const std::optional<double>& seconds, Checkpoints::Clock::time_point now) {
  using Duration = Checkpoints::Clock::duration;
  constexpr double kMost = 1e8;  // three years: no time point overflows
  if (!seconds) return Checkpoints::Clock::time_point::max();
  return now + std::chrono::duration_cast<Duration>(std::chrono::duration<double>(std::min(*seconds, kMost)));
}

}  // namespace

Checkpoints::Checkpoints(const CheckpointOptions& options, std::byte* image, int64_t steps)
    : options_(options),
      image_(image),
      dueAtStep_(nextMultiple(options.everySteps, steps)),
      dueAt_(timeAfter(options.everySeconds, Clock::now())) {}

Checkpoints::~Checkpoints() {
  if (writer_.joinable()) writer_.join();
}

int64_t Checkpoints::endImage(int64_t steps, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  stage_ = isClosed_ ? Stage::idle : Stage::waiting;
  dueAtStep_ = nextMultiple(options_.everySteps, steps);
  dueAt_ = timeAfter(options_.everySeconds, now);
  return ++number_;
}

void Checkpoints::write(int64_t number, CheckpointFile file) {
  const Result noThread{number, "ERR_OUT_OF_RANGE", "no thread could be started to write " + file.path};
  Result noMemory{number, "ERR_OUT_OF_RANGE", "there was not enough memory to write " + file.path};
  {
    const std::lock_guard lock(mutex_);
    if (stage_ != Stage::waiting || number != number_) return;
    if (writer_.joinable()) writer_.join();  // of the file before, about to end
    try {
      writer_ = std::thread([this, file = std::move(file), noMemory = std::move(noMemory)]() mutable {
        finish(file, std::move(noMemory));
      });
      stage_ = Stage::writing;
      return;
    } catch (const std::system_error&) {
      stage_ = Stage::reporting;
    } catch (...) {
      stage_ = Stage::idle;
      throw;
    }
  }
  report(noThread);
}

/// Writes a file, on the writer's thread. `result` is reported if memory runs out.
void Checkpoints::finish(const CheckpointFile& file, Result result) {
  setPriority(Engine::instance().priority());
  try {
    FileContents contents{file.header, file.checksumAt, {}};
    for (const auto& [offset, length] : file.pieces) contents.pieces.push_back({image_ + offset, length});
    writeWhole(file.path, contents);
    for (const std::string& path : file.obsolete) removeIfThere(path);
    result = {result.number, nullptr, {}};
  } catch (const Error& error) {
    try {
      result = {result.number, error.code(), error.what()};
    } catch (const std::bad_alloc&) {
    }
  } catch (const std::exception&) {
  }
  report(result);
}

void Checkpoints::report(const Result& result) {
  const auto go = [&](Stage stage) {
    const std::lock_guard lock(mutex_);
    stage_ = stage;
  };
  go(Stage::reporting);
  while (true) {
    try {
      written_(result);
      break;
    } catch (const std::bad_alloc&) {  // a run waits for the report
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  go(Stage::idle);
}

}  // namespace glissade
