#include "data/sampler.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <string>
#include <utility>

#include "error.h"

namespace glissade {
namespace {

std::vector<double> weightsOf(const Dataset& data) {
  if (!data.weights) throw Error("ERR_INVALID_ARGUMENT", "sampling by weight needs data with weights");
  std::vector<double> weights(data.rows());
  for (size_t i = 0; i < weights.size(); ++i) weights[i] = data.weights->at(data.rowAt(i), 0);
  return weights;
}

/// Brings rows into a random order (Fisher & Yates).
void shuffle(std::span<uint32_t> rows, Random& random) {
  for (size_t left = rows.size(); left > 1; --left)
    std::swap(rows[left - 1], rows[random.below(static_cast<uint32_t>(left))]);
}

}  // namespace

void permute(std::vector<uint32_t>& order, Random random) {
  std::iota(order.begin(), order.end(), 0u);
  shuffle(order, random);
}

WeightedDraw::WeightedDraw(const std::vector<double>& weights) {
  sums_.reserve(weights.size());
  double sum = 0;
  for (size_t i = 0; i < weights.size(); ++i) {
    if (!(weights[i] >= 0 && std::isfinite(weights[i])))
      throw Error("ERR_OUT_OF_RANGE",
                  "weights[" + std::to_string(i) + "] is " + std::to_string(weights[i]) + ", not a finite number ≥ 0");
    sums_.push_back(sum += weights[i]);
  }
  if (!(sum > 0 && std::isfinite(sum)))
    throw Error("ERR_OUT_OF_RANGE", std::string("the weights sum to ") + (sum > 0 ? "infinity" : "zero"));
}

uint32_t WeightedDraw::draw(Random& random) const {
  const auto place = std::upper_bound(sums_.begin(), sums_.end(), random.uniform() * sums_.back());
  if (place != sums_.end()) return static_cast<uint32_t>(place - sums_.begin());
  // The product was rounded up to the sum. The last row with a positive weight is drawn.
  return static_cast<uint32_t>(std::lower_bound(sums_.begin(), sums_.end(), sums_.back()) - sums_.begin());
}

RowsInOrder::RowsInOrder(const Dataset& data, size_t most)
    : size_(data.rows()), most_(std::min(std::max(most, kWindow), size_)), selection_(data.selection) {
  for (Window& window : windows_) window.rows.reserve(most_);
}

void RowsInOrder::restart() {
  for (Window& window : windows_) window.rows.clear();
}

uint32_t* RowsInOrder::from(size_t at, size_t count) {
  const Window& last = windows_[current_];
  const size_t end = last.begin + last.rows.size();
  if (last.begin <= at && at + count <= end) return windows_[current_].rows.data() + (at - last.begin);
  Window& next = windows_[current_ ^= 1];
  next.begin = at;
  next.rows.clear();
  // Rows that were replaced stay so.
  if (last.begin <= at && at < end)
    next.rows.assign(last.rows.begin() + static_cast<std::ptrdiff_t>(at - last.begin), last.rows.end());
  for (size_t i = at + next.rows.size(); i < at + std::min(std::max(count, most_), size_ - at); ++i)
    next.rows.push_back(selection_ ? (*selection_)[i] : static_cast<uint32_t>(i));
  return next.rows.data();
}

Sampler::Sampler(Dataset data, Order order, uint64_t seed, size_t batchSize, size_t rowsOfBlock, size_t bytesOfWindow,
                 Kept kept)
    : data_(std::move(data)),
      order_(order),
      seed_(seed),
      size_(data_.rows()),
      rowsOfBlock_(rowsOfBlock),
      rowsOfWindow_(Readahead::rowsOfWindow(data_, bytesOfWindow)),
      ahead_(data_) {
  if (order_ == Order::sequential && kept == Kept::window)
    inOrder_.emplace(data_, batchSize);
  else
    rows_.resize(size_);
  if (order_ == Order::weighted) weighted_.emplace(weightsOf(data_));
  if (order_ == Order::stratified) stratified_.emplace(strataOf(data_), std::min(batchSize, size_));
}

void Sampler::startEpoch(uint64_t epoch) {
  Random random(seed_, Draw::order, epoch);
  switch (order_) {
    case Order::permuted: permute(rows_, random); break;
    case Order::sequential:
      inOrder_ ? inOrder_->restart() : std::iota(rows_.begin(), rows_.end(), 0u);
      ahead_.start(windowsInOrder());
      break;
    case Order::replacement:
      for (uint32_t& row : rows_) row = random.below(static_cast<uint32_t>(size_));
      break;
    case Order::weighted:
      for (uint32_t& row : rows_) row = weighted_->draw(random);
      break;
    case Order::stratified: stratified_->permute(rows_, random); break;
    case Order::blocks: orderByBlocks(random); break;
  }
  for (uint32_t& row : rows_) row = data_.rowAt(row);
}

std::vector<Window> Sampler::windowsInOrder() const {
  std::vector<Window> windows;
  if (!data_.mapping) return windows;
  for (size_t begin = 0; begin < size_; begin += rowsOfWindow_) {
    const size_t end = std::min(size_, begin + rowsOfWindow_);
    windows.push_back({end, {{begin, end}}});
  }
  return windows;
}

void Sampler::orderByBlocks(Random& random) {
  std::vector<uint32_t> blocks((rows_.size() + rowsOfBlock_ - 1) / rowsOfBlock_);
  std::iota(blocks.begin(), blocks.end(), 0u);
  shuffle(blocks, random);
  const size_t blocksOfWindow = std::max<size_t>(1, rowsOfWindow_ / rowsOfBlock_);
  std::vector<Window> windows;
  for (size_t i = 0, at = 0; i < blocks.size();) {
    Window window;
    const size_t first = at;
    for (size_t each = 0; each < blocksOfWindow && i < blocks.size(); ++each, ++i) {
      const size_t begin = blocks[i] * rowsOfBlock_, end = std::min(rows_.size(), begin + rowsOfBlock_);
      window.spans.push_back({begin, end});
      for (size_t row = begin; row < end; ++row) rows_[at++] = static_cast<uint32_t>(row);
    }
    window.examples = at;
    shuffle(std::span(rows_).subspan(first, at - first), random);
    windows.push_back(std::move(window));
  }
  ahead_.start(std::move(windows));
}

Sampler::Order orderNamed(std::string_view name) {
  if (name == "permutation") return Sampler::Order::permuted;
  if (name == "sequential") return Sampler::Order::sequential;
  if (name == "replacement") return Sampler::Order::replacement;
  if (name == "weighted") return Sampler::Order::weighted;
  if (name == "stratified") return Sampler::Order::stratified;
  if (name == "blocks") return Sampler::Order::blocks;
  throw Error("ERR_INVALID_ARGUMENT", "unknown sampling \"" + std::string(name) + "\"");
}

}  // namespace glissade
