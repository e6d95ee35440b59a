#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

#include "training/runs/run_options.h"
#include "training/steps/step_records.h"

namespace glissade {

/// The step records of a run, added in chunks while it trains; or the one record of all steps, if the run is not
/// scheduled. One thread may take records while another adds some.
class RecordQueue {
 public:
  RecordQueue(const RunOptions& options, int64_t totalSteps, size_t recordLength)
      : isScheduled_(options.scheduled), recordLength_(recordLength), totalSteps_(totalSteps) {}

  /// Adds the records of the next steps. `epochsEnded` is how many epochs had been observed when they were made:
  /// records of an epoch that has ended since are ignored.
  void add(std::vector<double> records, size_t epochsEnded = 0) {
    const std::lock_guard lock(mutex_);
    if (epochsEnded < epochsEnded_ || records.empty()) return;
    const size_t count = records.size() / recordLength_;
    left_ += count;
    supplied_ += static_cast<int64_t>(count);
    chunks_.push_back(std::move(records));
    isAnswerDue_ = false;
  }

  /// At the end of an epoch that schedules observe: removes all records. Those that are added later belong to the next
  /// epoch.
  void endEpoch() {
    const std::lock_guard lock(mutex_);
    ++epochsEnded_;
    chunks_.clear();
    used_ = left_ = 0;
    isAnswerDue_ = false;
  }

  /// Counts one more step that will be taken.
  void expectOneMore() {
    const std::lock_guard lock(mutex_);
    ++totalSteps_;
  }

  /// Whether there is a record for the next step.
  bool hasNext() const {
    const std::lock_guard lock(mutex_);
    return left_ > 0;
  }

  /// The records of the next steps, at least 1 and at most `most`, if hasNext(). They stay valid until `use`.
  StepRecords next(size_t most) {
    const std::lock_guard lock(mutex_);
    if (!isScheduled_) return {chunks_.front().data(), most, 0};
    if (used_ * recordLength_ == chunks_.front().size()) {
      chunks_.pop_front();
      used_ = 0;
    }
    if (chunks_.size() == 1 && supplied_ < totalSteps_ && !std::exchange(isAnswerDue_, true)) isRequested_ = true;
    const std::vector<double>& chunk = chunks_.front();
    return {chunk.data() + used_ * recordLength_, std::min(most, chunk.size() / recordLength_ - used_), recordLength_};
  }

  /// Removes the records of `count` steps that were taken.
  void use(size_t count) {
    const std::lock_guard lock(mutex_);
    if (!isScheduled_) return;
    left_ -= count;
    used_ += count;
  }

  /// Whether more records are wanted. True once, when the last chunk comes into use, and not again before `add`.
  bool takeRequest() {
    const std::lock_guard lock(mutex_);
    return std::exchange(isRequested_, false);
  }

 private:
  const bool isScheduled_;
  const size_t recordLength_;

  mutable std::mutex mutex_;  // guards all below
  std::deque<std::vector<double>> chunks_;
  size_t used_ = 0;  // records of the first chunk
  size_t left_ = 0;  // records of all chunks
  size_t epochsEnded_ = 0;
  int64_t totalSteps_, supplied_ = 0;
  bool isAnswerDue_ = false;  // whether records were requested, and none added since
  bool isRequested_ = false;  // whether takeRequest() has a request to report
};

}  // namespace glissade
