#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "distributed/communicator.h"
#include "models/workspace.h"
#include "training/steps/trained_model.h"

namespace glissade {

/// Exchanges which rows of lazy matrices the ranks' parts of a minibatch touch, so that all ranks update the same rows.
/// The rows of a matrix are sent as numbers, or as a bit for each row of the matrix where that is shorter.
class RowExchange {
 public:
  /// After `Workspace::touch`: adds the rows of the other ranks to the workspace. The first member calls this, on the
  /// engine's thread. `ranks` records failures.
  template <typename Real>
  void exchange(Communicator& ranks, const std::vector<LazyMatrix>& lazy, Workspace<Real>& workspace) noexcept {
    ranks.attempt([&] {
      counts_.clear();
      for (const LazyMatrix& each : lazy)
        counts_.push_back(static_cast<uint32_t>(workspace.touchedOf(each.matrix).rows().size()));
      allCounts_.resize(ranks.size() * lazy.size());
      ranks.gather(counts_.data(), counts_.size() * sizeof(uint32_t), allCounts_.data());
      mine_.clear();
      bits_.resize(lazy.size());
      for (size_t i = 0; i < lazy.size(); ++i) {
        const TouchedRows& touched = workspace.touchedOf(lazy[i].matrix);
        bits_[i].assign(areBits(ranks, i, touched) ? wordsOf(touched) : 0, 0);
        if (bits_[i].empty())
          mine_.insert(mine_.end(), touched.rows().begin(), touched.rows().end());
        else
          mark(touched.rows(), bits_[i]);
        mine_.insert(mine_.end(), bits_[i].begin(), bits_[i].end());
      }
      ranks.gather(std::as_bytes(std::span(mine_)), all_);
      const auto* at = reinterpret_cast<const uint32_t*>(all_.data());
      for (size_t rank = 0; rank < ranks.size(); ++rank)
        for (size_t i = 0; i < lazy.size(); ++i) {
          std::vector<uint32_t>& bits = bits_[i];
          const size_t count = bits.empty() ? allCounts_[rank * lazy.size() + i] : bits.size();
          if (bits.empty() && rank != ranks.rank()) workspace.includeTouched(lazy[i].matrix, {at, count});
          for (size_t word = 0; word < bits.size(); ++word) bits[word] |= at[word];
          at += count;
        }
      for (size_t i = 0; i < lazy.size(); ++i)
        if (!bits_[i].empty()) workspace.includeTouched(lazy[i].matrix, marked(bits_[i]));
    });
  }

 private:
  static constexpr size_t kBits = 32;

  static size_t wordsOf(const TouchedRows& touched) { return (touched.matrixRows() + kBits - 1) / kBits; }

  /// Whether bits are shorter than numbers, for all ranks together.
  bool areBits(const Communicator& ranks, size_t matrix, const TouchedRows& touched) const {
    size_t numbers = 0;
    for (size_t rank = 0; rank < ranks.size(); ++rank) numbers += allCounts_[rank * counts_.size() + matrix];
    return numbers > ranks.size() * wordsOf(touched);
  }

  static void mark(const std::vector<uint32_t>& rows, std::vector<uint32_t>& bits) {
    for (const uint32_t row : rows) bits[row / kBits] |= uint32_t{1} << row % kBits;
  }

  /// The rows whose bits are set, ascending.
  std::span<const uint32_t> marked(const std::vector<uint32_t>& bits) {
    rows_.clear();
    for (size_t word = 0; word < bits.size(); ++word)
      for (uint32_t left = bits[word]; left != 0; left &= left - 1)
        rows_.push_back(static_cast<uint32_t>(word * kBits) + static_cast<uint32_t>(std::countr_zero(left)));
    return rows_;
  }

  std::vector<uint32_t> counts_, allCounts_, mine_, rows_;
  std::vector<std::vector<uint32_t>> bits_;  // of each matrix; empty if numbers are shorter
  std::vector<std::byte> all_;
};

}  // namespace glissade
