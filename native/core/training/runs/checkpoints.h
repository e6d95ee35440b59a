#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace glissade {

/// When a run makes a checkpoint. Steps are those of the trainer.
struct CheckpointOptions {
  std::optional<double> everySeconds;
  std::optional<size_t> everySteps;
};

/// The description of a checkpoint's file: a header, then pieces of the image, in order. The digits at `checksumAt` of
/// the header become the checksum of the pieces. Obsolete files are removed once this one is written.
struct CheckpointFile {
  struct Piece {
    size_t offset, length;
  };

  std::string path;
  std::vector<std::byte> header;
  size_t checksumAt;
  std::vector<Piece> pieces;
  std::vector<std::string> obsolete;
};

/// The checkpoints of a run, over memory for one image, which must outlive this. An image goes through these stages:
///
///     idle ──(beginImage: the run copies)──► copying ──(endImage)──► waiting for a file's description
///       ▲                                                              │            │
///       └─(reported)─ reporting ◄──(a thread of its own)── writing ◄──(write)    (drop)──► idle
///
/// Thread-safe: the run's thread makes images, and another one describes their files.
class Checkpoints {
 public:
  using Clock = std::chrono::steady_clock;

  /// The outcome of writing a file. `code` is null if it was written.
  struct Result {
    int64_t number;
    const char* code;
    std::string message;
  };

  /// `steps` are those of the trainer at the start of the run.
  Checkpoints(const CheckpointOptions& options, std::byte* image, int64_t steps);
  /// Waits until the file under way is written.
  ~Checkpoints();

  /// Calls `written` after each file, on the thread that wrote it or failed to. A run that waits for isIdle() does not
  /// end before the call has returned. Set it before the run starts.
  void listen(std::function<void(const Result&)> written) { written_ = std::move(written); }

  /// How many of the next `most` steps, at least one, can be taken before a checkpoint is due by their number. All of
  /// them if one is overdue.
  size_t stepsUntilDue(int64_t steps, size_t most) const {
    const std::lock_guard lock(mutex_);
    if (steps >= dueAtStep_) return most;
    return static_cast<size_t>(std::min(dueAtStep_ - steps, static_cast<int64_t>(most)));
  }

  /// Whether a checkpoint is due, by the number of steps or at all, and no other one is under way.
  bool isDueByStep(int64_t steps) const {
    const std::lock_guard lock(mutex_);
    return isFree() && steps >= dueAtStep_;
  }
  bool isDue(int64_t steps, Clock::time_point now) const {
    const std::lock_guard lock(mutex_);
    return isFree() && (steps >= dueAtStep_ || now >= dueAt_);
  }

  /// Whether a checkpoint is due and can be made at once, or as soon as `written` has returned.
  bool isDueSoon(int64_t steps, Clock::time_point now) const {
    const std::lock_guard lock(mutex_);
    const bool isSoonFree = !isClosed_ && (stage_ == Stage::idle || stage_ == Stage::reporting);
    return isSoonFree && (steps >= dueAtStep_ || now >= dueAt_);
  }

  /// What happens to an image that waits for its file's description when another one is begun.
  enum class Waiting { stays, isReplaced };
  /// Returns the memory for an image, or null while another image is being written, or waits and stays.
  std::byte* beginImage(Waiting waiting) {
    const std::lock_guard lock(mutex_);
    const bool replaces = stage_ == Stage::waiting && waiting == Waiting::isReplaced;
    if (!isFree() && !replaces) return nullptr;
    stage_ = Stage::copying;
    return image_;
  }
  /// The image is complete. Returns its number.
  int64_t endImage(int64_t steps, Clock::time_point now);

  /// Writes the image of this number to a file, on a thread of its own. Does nothing if that image has been replaced.
  /// If no thread can be started, `written` is called here, as after any other file that can't be written.
  void write(int64_t number, CheckpointFile file);
  /// Drops the image of this number, if it still waits.
  void drop(int64_t number) {
    const std::lock_guard lock(mutex_);
    if (stage_ == Stage::waiting && number == number_) stage_ = Stage::idle;
  }
  /// Drops an image that is being made or waits.
  void dropImage() {
    const std::lock_guard lock(mutex_);
    if (stage_ == Stage::copying || stage_ == Stage::waiting) stage_ = Stage::idle;
  }

  /// Whether no image is under way.
  bool isIdle() const {
    const std::lock_guard lock(mutex_);
    return stage_ == Stage::idle;
  }
  /// Whether an image waits or is written, for which a run should park.
  bool isBusy() const {
    const std::lock_guard lock(mutex_);
    return stage_ == Stage::waiting || stage_ == Stage::writing;
  }
  /// Drops an image that waits, and all further ones. A file that is being written is completed.
  void close() {
    const std::lock_guard lock(mutex_);
    isClosed_ = true;
    if (stage_ == Stage::waiting) stage_ = Stage::idle;
  }
  bool isClosed() const {
    const std::lock_guard lock(mutex_);
    return isClosed_;
  }

 private:
  enum class Stage { idle, copying, waiting, writing, reporting };

  bool isFree() const { return stage_ == Stage::idle && !isClosed_; }
  void finish(const CheckpointFile& file, Result result);
  void report(const Result& result);

  const CheckpointOptions options_;
  std::byte* const image_;
  std::function<void(const Result&)> written_ = [](const Result&) {};

  mutable std::mutex mutex_;  // guards all below
  Stage stage_ = Stage::idle;
  bool isClosed_ = false;
  int64_t number_ = 0, dueAtStep_ = 0;
  Clock::time_point dueAt_;
  std::thread writer_;
};

}  // namespace glissade
