#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

#include "training/run_options.h"
#include "training/step_records.h"

namespace glissade {

/// The records of the steps of a run, which are supplied in chunks while it goes on; or the one that serves all steps.
/// One thread takes records while another adds some.
class RecordQueue {
 public:
  RecordQueue(const RunOptions& options, int64_t totalSteps, size_t recordLength)
      : isScheduled_(options.scheduled), totalSteps_(totalSteps), recordLength_(recordLength) {}

  void add(std::vector<double> records);

  /// Whether there is a record for the next step.
  bool hasNext() const;

  /// The records of the next steps, at most so many, where there are any. They stay until `use`.
  StepRecords next(size_t most);

  /// Takes note that so many steps were taken.
  void use(size_t count);

  /// Whether more records are wanted: asked for once the last chunk is in use, and not again before an answer.
  bool takeRequest();

 private:
  const bool isScheduled_;
  const int64_t totalSteps_;
  const size_t recordLength_;

  mutable std::mutex mutex_;  // of all below
  std::deque<std::vector<double>> chunks_;
  size_t used_ = 0;  // of the first chunk
  size_t left_ = 0;  // in all chunks
  int64_t supplied_ = 0;
  bool isAnswerDue_ = false, isRequested_ = false;
};

}  // namespace glissade
