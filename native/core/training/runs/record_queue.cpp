#include "training/runs/record_queue.h"

#include <algorithm>
#include <utility>

namespace glissade {

void RecordQueue::add(std::vector<double> records, size_t epochsEnded) {
  const std::lock_guard lock(mutex_);
  if (epochsEnded < epochsEnded_ || records.empty()) return;
  const size_t count = records.size() / recordLength_;
  left_ += count;
  supplied_ += static_cast<int64_t>(count);
  chunks_.push_back(std::move(records));
  isAnswerDue_ = false;
}

void RecordQueue::endEpoch() {
  const std::lock_guard lock(mutex_);
  ++epochsEnded_;
  chunks_.clear();
  used_ = left_ = 0;
  isAnswerDue_ = false;
}

void RecordQueue::expectOneMore() {
  const std::lock_guard lock(mutex_);
  ++totalSteps_;
}

bool RecordQueue::hasNext() const {
  const std::lock_guard lock(mutex_);
  return left_ > 0;
}

StepRecords RecordQueue::next(size_t most) {
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

void RecordQueue::use(size_t count) {
  const std::lock_guard lock(mutex_);
  if (!isScheduled_) return;
  left_ -= count;
  used_ += count;
}

bool RecordQueue::takeRequest() {
  const std::lock_guard lock(mutex_);
  return std::exchange(isRequested_, false);
}

}  // namespace glissade
