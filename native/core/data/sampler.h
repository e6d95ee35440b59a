#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "data/dataset.h"
#include "data/random.h"
#include "data/readahead.h"
#include "data/strata.h"

namespace glissade {

/// Fills `order` with a uniform permutation of 0, …, size − 1 (Fisher & Yates).
void permute(std::vector<uint32_t>& order, Random random);

/// Draws indices in proportion to their weights, by bisection of running sums. An index of weight 0 is never drawn.
class WeightedDraw {
 public:
  /// @throws Error ERR_OUT_OF_RANGE if a weight is negative or not finite, or if their sum is 0 or infinite.
  explicit WeightedDraw(const std::vector<double>& weights);

  uint32_t draw(Random& random) const;

 private:
  std::vector<double> sums_;
};

/// The rows of a dataset in order, a window at a time: an order of billions of rows would take memory for each.
class RowsInOrder {
 public:
  /// Makes room for windows of kWindow rows, or of `most` if that is more.
  RowsInOrder(const Dataset& data, size_t most);

  /// Goes back to the first row.
  void restart();

  /// Rows at, at + 1, … up to `count`. They stay where they are during the next call, which another member of a team
  /// may make while some still read them.
  uint32_t* from(size_t at, size_t count);

 private:
  static constexpr size_t kWindow = 1 << 14;

  struct Window {
    size_t begin = 0;
    std::vector<uint32_t> rows;
  };

  size_t size_, most_;
  std::shared_ptr<const std::vector<uint32_t>> selection_;
  Window windows_[2];
  size_t current_ = 0;
};

/// The order in which an epoch visits rows of a dataset. An epoch has as many examples as the dataset.
class Sampler {
 public:
  /// permuted: every row once, in a random order. sequential: every row once, in order. replacement: rows drawn with
  /// equal probabilities. weighted: rows drawn by weight. stratified: every row once, with each class in its proportion
  /// in each minibatch. blocks: every row once; the blocks of adjacent rows come in a random order, and rows are
  /// shuffled within windows of several blocks, so that a window can be read from a file at a time.
  enum class Order { permuted, sequential, replacement, weighted, stratified, blocks };

  /// Whether rows in the sequential order are kept for an epoch, or for a window of it at a time. Rows in other orders
  /// are kept for the epoch.
  enum class Kept { all, window };

  static constexpr size_t kRowsOfBlock = 4096;

  /// @throws Error ERR_INVALID_ARGUMENT if `weighted` lacks weights, or `stratified` classes; ERR_OUT_OF_RANGE for
  /// weights that WeightedDraw refuses.
  Sampler(Dataset data, Order order, uint64_t seed, size_t batchSize = 1, size_t rowsOfBlock = kRowsOfBlock,
          size_t bytesOfWindow = Readahead::kWindow, Kept kept = Kept::all);

  /// Prepares the order of epoch 0, 1, …, which follows from the seed and the epoch's number.
  void startEpoch(uint64_t epoch);

  /// Replaces this epoch's rows from index `at` on, which are read next, by other rows of the tables.
  void replace(size_t at, const std::vector<uint32_t>& rows) {
    std::copy(rows.begin(), rows.end(), placeOf(at, rows.size()));
  }

  /// Table rows of `count` examples of the epoch from `at` on, which are read next. A mapped file is read ahead of
  /// them. One thread calls this at a time. The rows stay where they are during the next call.
  const uint32_t* from(size_t at, size_t count) {
    ahead_.reach(at);
    return placeOf(at, count);
  }
  /// Call once the epoch has been read.
  void finish() { ahead_.finish(); }

  /// Table rows of the epoch's examples, if all are kept.
  const uint32_t* rows() const { return rows_.data(); }
  size_t size() const { return size_; }

  /// Whether rows are drawn by weight. Losses are then not weighted again.
  bool drawsByWeight() const { return order_ == Order::weighted; }

 private:
  uint32_t* placeOf(size_t at, size_t count) { return inOrder_ ? inOrder_->from(at, count) : rows_.data() + at; }
  void orderByBlocks(Random& random);
  std::vector<Window> windowsInOrder() const;

  Dataset data_;
  Order order_;
  uint64_t seed_;
  size_t size_;
  std::vector<uint32_t> rows_;  // of the epoch, unless a window of them is kept
  std::optional<RowsInOrder> inOrder_;
  size_t rowsOfBlock_, rowsOfWindow_;
  Readahead ahead_;
  std::optional<WeightedDraw> weighted_;
  std::optional<StratifiedOrder> stratified_;
};

/// @throws Error ERR_INVALID_ARGUMENT for an unknown name.
Sampler::Order orderNamed(std::string_view name);

}  // namespace glissade
