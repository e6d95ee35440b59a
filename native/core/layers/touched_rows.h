#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace glissade {

/// The rows of a matrix that a minibatch reads, each with its entries: y[position] += weight · row. Positions are those
/// of all examples, one example after the other.
class TouchedRows {
 public:
  struct Entry {
    uint32_t position;
    float weight;
  };

  /// Makes room for `entries` entries. add() and finish() then don't allocate.
  void reserve(size_t entries);

  /// Removes all entries. Rows that are added must be below `rows`.
  void clear(size_t rows);
  void add(uint32_t row, const Entry& entry) { unsorted_.push_back({row, entry}); }
  /// Sorts what was added by row; entries of one row stay in their order.
  void finish();

  /// After finish(): adds rows without entries, in ascending order. Some may already be there.
  void include(std::span<const uint32_t> others);

  /// The number of rows of the matrix, as passed to clear().
  size_t matrixRows() const { return matrixRows_; }
  /// The touched rows, ascending, each once.
  const std::vector<uint32_t>& rows() const { return rows_; }
  /// rows()[i] has entries [begins()[i], begins()[i + 1]).
  const uint32_t* begins() const { return begins_.data(); }
  const Entry* entries() const { return entries_.data(); }

 private:
  struct Touch {
    uint32_t row;
    Entry entry;
  };

  size_t matrixRows_ = 0;
  unsigned bits_ = 0;  // how many bits the largest row number has
  std::vector<Touch> unsorted_, sorted_;
  std::vector<uint32_t> rows_, begins_;
  std::vector<uint32_t> mergedRows_, mergedBegins_;
  std::vector<Entry> entries_;
};

}  // namespace glissade
