#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "data/codes.h"
#include "data/dataset.h"
#include "data/format.h"
#include "data/growing.h"
#include "data/sparse.h"
#include "data/table.h"

namespace glissade {

/// Rows to add to a builder, row-major, in memory that is read during the call only.
struct DenseChunk {
  Format format;
  const void* values;
};
struct CodeChunk {
  const uint32_t* codes;
};
struct SparseChunk {
  std::shared_ptr<const SparseTable> table;
};
struct DatasetChunk {
  size_t rows;
  std::vector<std::variant<DenseChunk, CodeChunk, SparseChunk>> blocks;
  std::optional<DenseChunk> targets;
  const double* weights = nullptr;
};

/// Columns that are being collected. Rows are first staged and then committed. Staging may fail, and then changes
/// nothing. In the same way, a table is first shared and then handed over, which leaves the columns empty.
class DenseColumns {
 public:
  DenseColumns(std::string name, size_t columns, double scale)
      : name_(std::move(name)), columns_(columns), scale_(scale) {}

  void stage(const DenseChunk& chunk, size_t rows);
  /// Values that are staged must be finite.
  /// @throws Error ERR_NON_FINITE, with rows counted from `firstRow`.
  void checkStaged(size_t firstRow) const;
  void commit() noexcept;
  size_t bytes() const { return numbers_.capacity(); }
  /// The table of the rows so far, which is complete after handOver().
  Table share();
  void handOver() noexcept;

 private:
  Table staged() const;

  std::string name_;
  size_t columns_;
  double scale_;
  std::optional<Format> format_;  // that of the first rows ever
  Format stagedFormat_{};
  Growing<std::byte> numbers_;
  Growing<std::byte>::Owner owner_;
  size_t rows_ = 0, stagedRows_ = 0;
  double largest_ = 0, stagedLargest_ = 0;
};

class CodeColumns {
 public:
  CodeColumns(std::string name, std::vector<uint32_t> cardinalities)
      : name_(std::move(name)), cardinalities_(std::move(cardinalities)) {}

  void stage(const CodeChunk& chunk, size_t rows, size_t firstRow);
  void commit() noexcept { codes_.resize(codes_.size() + staged_); }
  size_t bytes() const { return codes_.capacity() * sizeof(uint32_t); }
  std::shared_ptr<const CodeTable> share();
  void handOver() noexcept { codes_.handOver(owner_); }

 private:
  std::string name_;
  std::vector<uint32_t> cardinalities_;
  Growing<uint32_t> codes_;
  Growing<uint32_t>::Owner owner_;
  size_t staged_ = 0;
};

class SparseColumns {
 public:
  explicit SparseColumns(size_t columns) : columns_(columns), builder_(columns) {}

  void stage(const SparseChunk& chunk, size_t rows);
  void commit() noexcept { builder_.append(*staged_.table); }
  size_t bytes() const { return builder_.bytes(); }
  std::shared_ptr<const SparseTable> share() { return builder_.share(); }
  void handOver() noexcept { builder_.handOver(); }

 private:
  size_t columns_;
  SparseBuilder builder_;
  SparseChunk staged_;
};

/// Collects the rows of a dataset chunk by chunk. It takes little more memory than the dataset.
class DatasetBuilder {
 public:
  struct Block {
    std::string name;
    std::variant<DenseColumns, CodeColumns, SparseColumns> columns;
  };
  /// 0 columns of targets: there are none.
  enum class Weights { none, given };

  DatasetBuilder(std::vector<Block> blocks, size_t targetColumns, Weights weights);

  /// Adds rows. In messages they are counted from `firstRow`.
  /// @throws Error ERR_SHAPE for other blocks, ERR_INVALID_ARGUMENT for numbers in another format than those before,
  /// ERR_NON_FINITE, ERR_OUT_OF_RANGE for a category that its column does not have or more than 2^32 - 1 rows. No row
  /// is added then.
  void append(const DatasetChunk& chunk, size_t firstRow);

  size_t rows() const { return rows_; }
  size_t bytes() const;
  const std::vector<Block>& blocks() const { return blocks_; }

  /// Returns the rows so far as a dataset. There must be at least one row. The builder is then empty.
  /// @throws std::bad_alloc, with nothing changed.
  Dataset build();

 private:
  std::vector<Block> blocks_;
  std::optional<DenseColumns> targets_, weights_;
  size_t rows_ = 0;
};

}  // namespace glissade
