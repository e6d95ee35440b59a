#include "data/dataset.h"

#include <algorithm>

#include <utility>

#include "error.h"

namespace glissade {

size_t InputBlock::rows() const {
  switch (kind) {
    case Kind::dense: return table->rows;
    case Kind::categorical: return codes->rows();
    case Kind::sparse: return sparse->rows;
  }
  __builtin_unreachable();
}

size_t InputBlock::columns() const {
  switch (kind) {
    case Kind::dense: return table->columns;
    case Kind::categorical: return codes->columns();
    case Kind::sparse: return sparse->columns;
  }
  __builtin_unreachable();
}

size_t InputBlock::bytes() const {
  switch (kind) {
    case Kind::dense: return table->bytes();
    case Kind::categorical: return codes->bytes();
    case Kind::sparse: return sparse->bytes();
  }
  __builtin_unreachable();
}

size_t Dataset::columns() const {
  size_t sum = 0;
  for (const InputBlock& block : inputs) sum += block.columns();
  return sum;
}

const Table& Dataset::dense() const {
  if (inputs.size() != 1 || inputs.front().kind != InputBlock::Kind::dense)
    throw Error("ERR_SHAPE", "the inputs are not one block of dense columns");
  return *inputs.front().table;
}

double Dataset::largest() const {
  double largest = 0;
  for (const InputBlock& block : inputs)
    if (block.kind == InputBlock::Kind::dense) largest = std::max(largest, block.table->largest);
  return largest;
}

Dataset Dataset::select(const std::vector<uint32_t>& rows) const {
  auto chosen = std::make_shared<std::vector<uint32_t>>();
  chosen->reserve(rows.size());
  for (const uint32_t row : rows) {
    if (row >= this->rows()) throw Error("ERR_OUT_OF_RANGE", "row " + std::to_string(row) + " is beyond the dataset");
    chosen->push_back(rowAt(row));
  }
  Dataset part = *this;
  part.selection = std::move(chosen);
  part.shards = nullptr;
  return part;
}

Dataset targetsByPosition(const Dataset& data, size_t positions) {
  const Table& targets = *data.targets;
  if (targets.columns % positions != 0)
    throw Error("ERR_SHAPE",
                "targets have " + std::to_string(targets.columns) + " columns, but the network has " +
                    std::to_string(positions) +
                    " positions with as many each; put flatten() or globalPool() before the last layers for one "
                    "prediction per example");
  auto selection = std::make_shared<std::vector<uint32_t>>();
  for (size_t i = 0; i < data.rows(); ++i)
    for (size_t p = 0; p < positions; ++p) selection->push_back(static_cast<uint32_t>(data.rowAt(i) * positions + p));
  Dataset byPosition{};
  byPosition.targets = std::make_shared<Table>(
      Table{targets.format, targets.rows * positions, targets.columns / positions, targets.scale, targets.data});
  byPosition.selection = std::move(selection);
  return byPosition;
}

}  // namespace glissade
