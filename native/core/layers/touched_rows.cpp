#include "layers/touched_rows.h"

#include <bit>
#include <utility>

namespace glissade {

void TouchedRows::reserve(size_t entries) {
  // Tests each list's own capacity: a call that threw may have grown some of them only.
  const auto grow = [entries](auto& list) {
    if (list.capacity() <= entries) list.reserve(entries + entries / 2 + 1);
  };
  grow(unsorted_);
  grow(sorted_);
  grow(rows_);
  grow(begins_);
  grow(entries_);
}

void TouchedRows::clear(size_t rows) {
  matrixRows_ = rows;
  bits_ = static_cast<unsigned>(std::bit_width(rows - 1));
  unsorted_.clear();
}

/// A stable radix sort, from the lowest digit on.
void TouchedRows::finish() {
  constexpr unsigned kDigit = 11;
  sorted_.resize(unsorted_.size());
  for (unsigned shift = 0; shift < bits_; shift += kDigit) {
    uint32_t offsets[(1u << kDigit) + 1] = {};
    const auto digit = [shift](const Touch& touch) { return touch.row >> shift & ((1u << kDigit) - 1); };
    for (const Touch& touch : unsorted_) ++offsets[digit(touch) + 1];
    for (size_t i = 1; i <= 1u << kDigit; ++i) offsets[i] += offsets[i - 1];
    for (const Touch& touch : unsorted_) sorted_[offsets[digit(touch)]++] = touch;
    std::swap(unsorted_, sorted_);
  }
  rows_.clear();
  begins_.clear();
  entries_.clear();
  for (const Touch& touch : unsorted_) {
    if (rows_.empty() || rows_.back() != touch.row) {
      rows_.push_back(touch.row);
      begins_.push_back(static_cast<uint32_t>(entries_.size()));
    }
    entries_.push_back(touch.entry);
  }
  begins_.push_back(static_cast<uint32_t>(entries_.size()));
}

void TouchedRows::include(std::span<const uint32_t> others) {
  mergedRows_.clear();
  mergedBegins_.clear();
  size_t i = 0;
  const auto keepUpTo = [&](uint32_t row) {
    for (; i < rows_.size() && rows_[i] <= row; ++i) {
      mergedRows_.push_back(rows_[i]);
      mergedBegins_.push_back(begins_[i]);
    }
  };
  for (const uint32_t row : others) {
    keepUpTo(row);
    if (!mergedRows_.empty() && mergedRows_.back() == row) continue;
    mergedRows_.push_back(row);
    mergedBegins_.push_back(begins_[i]);
  }
  keepUpTo(UINT32_MAX);
  mergedBegins_.push_back(begins_.back());
  std::swap(rows_, mergedRows_);
  std::swap(begins_, mergedBegins_);
}

}  // namespace glissade
