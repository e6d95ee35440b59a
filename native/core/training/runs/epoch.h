#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "data/dataset.h"
#include "data/sampler.h"
#include "training/runs/run_options.h"
#include "training/steps/minibatch.h"
#include "training/steps/tally.h"

namespace glissade {

/// The epoch under way: its examples in order, a cursor among them, and sums over those before it.
class Epoch {
 public:
  Epoch(Dataset data, const RunOptions& options)
      : data_(std::move(data)),
        sampler_(data_, options.order, seedFor(data_, options.seed), batchSizeFor(data_, options.batchSize),
                 Sampler::kRowsOfBlock, Readahead::kWindow, Sampler::Kept::window),
        size_(data_.rowsOfAll()) {
    if (sampler_.drawsByWeight()) data_.weights = nullptr;  // rows are drawn in proportion to them already
  }

  /// Goes to the beginning of epoch `number`: 0, 1, …
  void begin(uint64_t number) {
    sampler_.startEpoch(number);
    end();
  }

  /// Goes to a position in epoch `number`.
  void goTo(uint64_t number, const RunPosition& at) {
    begin(number);
    next_ = static_cast<size_t>(at.examplesTaken);
    tally_ = {at.loss, at.lossWeight, at.correct, at.weight, static_cast<size_t>(at.examplesCounted)};
    seconds_ = at.seconds;
  }
  void save(RunPosition& at) const {
    at.examplesTaken = static_cast<double>(next_);
    at.loss = tally_.loss;
    at.lossWeight = tally_.lossWeight;
    at.correct = tally_.correct;
    at.weight = tally_.weight;
    at.examplesCounted = static_cast<double>(tally_.examples);
    at.seconds = seconds_;
  }
  /// Resets the cursor and the sums: no epoch is under way.
  void end() {
    next_ = 0;
    tally_ = {};
    seconds_ = 0;
  }

  const Dataset& data() const { return data_; }
  bool isUnderWay() const { return next_ > 0 && !isOver(); }
  bool isOver() const { return next_ == size_; }
  size_t left() const { return size_ - next_; }

  /// The next examples, at most `most`. The cursor stays.
  Examples next(size_t most) {
    const size_t count = std::min(most, left());
    if (!data_.shards) return {&data_, sampler_.from(next_, count), count, count == left()};
    const Shards::Part part = data_.shards->part(next_, count);
    // A rank without a part gets one row.
    const uint32_t* const rows =
        sampler_.from(std::min(part.begin, sampler_.size() - 1), std::max<size_t>(part.count, 1));
    return {&data_, rows, part.count, count == left(), Examples::Of::shard, part.first, count};
  }
  void advance(size_t count) { next_ += count; }

  /// Replaces the next rows in the order by others.
  void replaceNext(const std::vector<uint32_t>& rows) { sampler_.replace(next_, rows); }

  /// Sums over the examples so far, and the training time that they took.
  Tally& tally() { return tally_; }
  const Tally& tally() const { return tally_; }
  double& seconds() { return seconds_; }
  double seconds() const { return seconds_; }

 private:
  /// Shards are shuffled independently.
  static uint64_t seedFor(const Dataset& data, uint64_t seed) {
    return data.shards ? Random(seed, Draw::order, data.shards->rank).next() : seed;
  }
  /// Rows that this rank has in most minibatches.
  static size_t batchSizeFor(const Dataset& data, size_t batchSize) {
    return data.shards ? std::max<size_t>(1, batchSize * data.rows() / data.rowsOfAll()) : batchSize;
  }

  Dataset data_;
  Sampler sampler_;
  size_t size_;  // examples of the epoch, of all ranks
  size_t next_ = 0;
  Tally tally_;
  double seconds_ = 0;
};

}  // namespace glissade
