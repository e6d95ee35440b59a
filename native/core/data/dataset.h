#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "data/codes.h"
#include "data/sparse.h"
#include "data/table.h"

namespace glissade {

/// Columns of a dataset that are stored alike.
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

  Kind kind;
  std::string name;
  // One of these, by the kind.
  std::shared_ptr<const Table> table;
  std::shared_ptr<const CodeTable> codes;
  std::shared_ptr<const SparseTable> sparse;
};

/// Examples: blocks of inputs, mostly a table of targets, and which of their rows belong to it.
struct Dataset {
  std::vector<InputBlock> inputs;
  std::shared_ptr<const Table> targets;
  std::shared_ptr<const Table> weights;                    // of the tables' rows, in one column; none: all are 1
  std::shared_ptr<const std::vector<uint32_t>> selection;  // none: all rows

  size_t rows() const { return selection ? selection->size() : inputs.front().rows(); }
  size_t columns() const;
  /// The largest size of a number among dense inputs, or infinite if not known.
  double largest() const;
  uint32_t rowAt(size_t i) const { return selection ? (*selection)[i] : static_cast<uint32_t>(i); }

  /// How much a row of the tables counts.
  double weightAt(uint32_t row) const { return weights ? weights->at(row, 0) : 1; }
  /// The inputs, where they are one dense block.
  /// @throws Error ERR_SHAPE where they are not.
  const Table& dense() const;

  /// The rows listed, by their number in this dataset.
  Dataset select(const std::vector<uint32_t>& rows) const;
};

}  // namespace glissade
