#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "data/codes.h"
#include "data/shards.h"
#include "data/sparse.h"
#include "data/table.h"
#include "system/mapped_file.h"

namespace glissade {

/// An input block: columns of a dataset with a name, of one kind of storage.
struct InputBlock {
  enum class Kind { dense, categorical, sparse };

  InputBlock(std::shared_ptr<const Table> dense, std::string blockName = "inputs")
      : kind(Kind::dense), name(std::move(blockName)), table(std::move(dense)) {}
  InputBlock(std::shared_ptr<const CodeTable> categorical, std::string blockName)
      : kind(Kind::categorical), name(std::move(blockName)), codes(std::move(categorical)) {}
  InputBlock(std::shared_ptr<const SparseTable> entries, std::string blockName)
      : kind(Kind::sparse), name(std::move(blockName)), sparse(std::move(entries)) {}

  size_t rows() const;
  size_t columns() const;
  size_t bytes() const;

  Kind kind;
  std::string name;
  // The one that `kind` says; the others are null.
  std::shared_ptr<const Table> table;
  std::shared_ptr<const CodeTable> codes;
  std::shared_ptr<const SparseTable> sparse;
};

/// The file that contains a dataset's tables.
struct Mapping {
  std::shared_ptr<const MappedFile> file;
  std::vector<size_t> entries;  // of each sparse block
};

/// Examples: input blocks, targets (or null), and a selection of their rows.
struct Dataset {
  std::vector<InputBlock> inputs;
  std::shared_ptr<const Table> targets;
  std::shared_ptr<const Table> weights;                    // of the tables' rows, in one column; null: all are 1
  std::shared_ptr<const std::vector<uint32_t>> selection;  // rows of the tables; null: all
  std::shared_ptr<const Mapping> mapping = nullptr;        // null: the tables have memory of their own
  std::shared_ptr<const Shards> shards = nullptr;          // null: all ranks have the same rows

  size_t rows() const { return selection ? selection->size() : inputs.front().rows(); }
  /// Rows of all ranks together, where each has a shard.
  size_t rowsOfAll() const { return shards ? shards->rows() : rows(); }
  size_t columns() const;
  /// max |x| over dense inputs, or infinity if that is not known.
  double largest() const;
  uint32_t rowAt(size_t i) const { return selection ? (*selection)[i] : static_cast<uint32_t>(i); }

  /// The weight of a row of the tables.
  double weightAt(uint32_t row) const { return weights ? weights->at(row, 0) : 1; }
  /// The inputs, which must be one dense block.
  /// @throws Error ERR_SHAPE if they are not.
  const Table& dense() const;

  /// A dataset of the listed rows of this one, over the same tables. It is no shard.
  /// @throws Error ERR_OUT_OF_RANGE for a row that this dataset does not have.
  Dataset select(const std::vector<uint32_t>& rows) const;
};

/// The targets of a dataset with a row for each position of each example. Inputs and weights are none.
/// @throws Error ERR_SHAPE if the positions do not have the same number of columns.
Dataset targetsByPosition(const Dataset& data, size_t positions);

}  // namespace glissade
