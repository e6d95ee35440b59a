#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "data/growing.h"

namespace glissade {

/// The entries of a row, by ascending column, each column once. Where `values` is null, all are 1; where `rests` is
/// null, all are 0. value + rest is the sum of the numbers given for a column; the rest is what the float `value`
/// can't represent of it.
struct SparseRow {
  const uint32_t* columns;
  const float* values;
  const float* rests;
  size_t count;

  float value(size_t entry) const { return values ? values[entry] : 1.0f; }
  float rest(size_t entry) const { return rests ? rests[entry] : 0.0f; }
};

/// An immutable table of which only some entries are stored, row after row (CSR); all others are 0.
struct SparseTable {
  size_t rows, columns;
  std::shared_ptr<const uint64_t> offsets;  // rows + 1 of them: row i has entries [offsets[i], offsets[i + 1])
  std::shared_ptr<const uint32_t> indices;
  std::shared_ptr<const float> values;  // null: all are 1
  std::shared_ptr<const float> rests;   // null: all are 0
  float largest;                        // max |value|
  size_t longest;                       // the number of entries of the longest row

  size_t entries() const { return offsets.get()[rows]; }
  size_t bytes() const {
    return (rows + 1) * sizeof(uint64_t) +
           entries() * (sizeof(uint32_t) + (values ? sizeof(float) : 0) + (rests ? sizeof(float) : 0));
  }
  SparseRow row(size_t i) const {
    const uint64_t begin = offsets.get()[i];
    return {indices.get() + begin, values ? values.get() + begin : nullptr, rests ? rests.get() + begin : nullptr,
            static_cast<size_t>(offsets.get()[i + 1] - begin)};
  }
};

/// Calls visit(i, column, value, rest) for each entry of rows[0], rows[1], …
template <typename Visit>
void forEachEntry(const SparseTable& table, const uint32_t* rows, size_t count, Visit visit) {
  for (size_t i = 0; i < count; ++i) {
    const SparseRow row = table.row(rows[i]);
    for (size_t k = 0; k < row.count; ++k) visit(i, row.columns[k], row.value(k), row.rest(k));
  }
}

/// Collects rows. Entries of a row may come in any order; those of the same column are summed, in double. Values are
/// not stored while all are 1, rests while all are 0.
class SparseBuilder {
 public:
  explicit SparseBuilder(size_t columns);

  /// Adds rows: row i has entries [offsets[i], offsets[i + 1]) of `indices` and `values` (null: all are 1).
  /// @throws Error ERR_OUT_OF_RANGE for a column beyond the width, ERR_SHAPE for offsets that don't ascend within
  /// `entries`, ERR_NON_FINITE for a sum that is not finite. It names the row, counted from the builder's first. No row
  /// is added.
  template <typename Value>
  void append(const double* offsets, size_t rows, const uint32_t* indices, const Value* values, size_t entries);

  /// Reserves memory for the rows of a table of the same width.
  void reserve(const SparseTable& table);
  /// Adds the rows of a table for which memory is reserved.
  void append(const SparseTable& table) noexcept;

  size_t rows() const { return offsets_.size() - 1; }
  size_t bytes() const;
  size_t entries() const { return indices_.size(); }

  /// The table of the rows so far. The builder is then empty.
  /// @throws std::bad_alloc, with nothing changed.
  std::shared_ptr<const SparseTable> build();
  /// The two halves of build(), of which the second must come before any other change.
  std::shared_ptr<const SparseTable> share();
  void handOver() noexcept;

 private:
  template <typename Value>
  void appendRow(const uint32_t* indices, const Value* values, size_t count);
  bool orderFew(const uint32_t* indices, size_t count);
  template <typename ColumnAt, typename ValueAt>
  void pushDistinct(size_t count, ColumnAt columnAt, ValueAt valueAt);
  void push(uint32_t column, double value);
  void storeValues();
  void storeRests();
  void shorten(size_t rows, size_t entries, float largest);

  size_t columns_;
  Growing<uint64_t> offsets_;
  Growing<uint32_t> indices_;
  Growing<float> values_, rests_;
  bool hasValues_ = false, hasRests_ = false;
  float largest_ = 0;
  std::vector<uint64_t> order_;

  /// The owners of a table that is handed over, and the offsets with which the builder begins again.
  struct Handover {
    Growing<uint64_t>::Owner offsets = Growing<uint64_t>::newOwner();
    Growing<uint32_t>::Owner indices = Growing<uint32_t>::newOwner();
    Growing<float>::Owner values = Growing<float>::newOwner(), rests = Growing<float>::newOwner();
    Growing<uint64_t> next;
  };
  Handover handover_;
};

}  // namespace glissade
