#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace glissade {

/// Which rows of a matrix a minibatch reads, and what each has to do with which examples: y of the example += weight ·
/// row.
class TouchedRows {
 public:
  struct Entry {
    uint32_t example;
    float weight;
  };

  /// Makes room for so many entries.
  void reserve(size_t entries);

  /// Begins anew, for a matrix of so many rows.
  void begin(size_t rows);
  void add(uint32_t row, const Entry& entry) { unsorted_.push_back({row, entry}); }
  /// Sorts what was added by row; entries of one row stay in their order.
  void finish();

  /// Ascending, each once.
  const std::vector<uint32_t>& rows() const { return rows_; }
  /// Of rows()[i]: entries [begins[i], begins[i + 1]).
  const uint32_t* begins() const { return begins_.data(); }
  const Entry* entries() const { return entries_.data(); }

 private:
  struct Touch {
    uint32_t row;
    Entry entry;
  };

  unsigned bits_ = 0;  // of a row's number
  std::vector<Touch> unsorted_, sorted_;
  std::vector<uint32_t> rows_, begins_;
  std::vector<Entry> entries_;
};

}  // namespace glissade
