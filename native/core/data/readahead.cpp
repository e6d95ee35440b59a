#include "data/readahead.h"

#include <algorithm>

#include "data/mapped_dataset.h"

namespace glissade {

size_t Readahead::rowsOfWindow(const Dataset& data, size_t bytes) {
  size_t sum = 0;
  for (const InputBlock& block : data.inputs) sum += block.bytes();
  for (const auto& table : {data.targets, data.weights})
    if (table) sum += table->bytes();
  const size_t perRow = std::max<size_t>(1, sum / data.inputs.front().rows());
  return std::max<size_t>(1, bytes / perRow);
}

void Readahead::start(std::vector<Window> windows) {
  windows_ = std::move(windows);
  next_ = current_ = 0;
}

void Readahead::reach(size_t example) {
  if (!data_.mapping) return;
  while (current_ + 1 < windows_.size() && example >= windows_[current_].examples) advise(current_++, Use::past);
  next_ = std::max(next_, current_);
  while (next_ < windows_.size() && next_ <= current_ + 1) advise(next_++, Use::next);
}

void Readahead::finish() {
  if (data_.mapping && current_ < windows_.size()) advise(current_, Use::past);
}

void Readahead::advise(size_t window, Use use) const {
  for (const auto& [begin, end] : windows_[window].spans) {
    // The rows of a selection: those of a split lie nearly side by side.
    uint32_t first = data_.rowAt(begin), last = first;
    if (data_.selection)
      for (size_t i = begin; i < end; ++i) {
        first = std::min(first, data_.rowAt(i));
        last = std::max(last, data_.rowAt(i));
      }
    else
      last = data_.rowAt(end - 1);
    constexpr size_t kSparsest = 4;  // rows of the file for each one that is read, beyond which reading ahead is waste
    if (size_t{last} - first + 1 > kSparsest * (end - begin)) continue;
    for (const auto& piece : mappedPieces(data_, first, size_t{last} + 1))
      glissade::advise(piece, use == Use::next ? Advice::willNeed : Advice::notNeeded);
  }
}

}  // namespace glissade
