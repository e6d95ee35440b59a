#include "data/dataset_builder.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "error.h"

namespace glissade {
namespace {

const char* nameOf(Format format) {
  switch (format) {
    case Format::float32: return "float32";
    case Format::float64: return "float64";
    case Format::uint8: return "uint8";
    case Format::bfloat16: return "bfloat16";
  }
  __builtin_unreachable();
}

}  // namespace

Table DenseColumns::staged() const {
  // The memory stays the builder's.
  return {stagedFormat_, stagedRows_, columns_, scale_,
          std::shared_ptr<const void>(std::shared_ptr<void>(), numbers_.data() + numbers_.size())};
}

void DenseColumns::stage(const DenseChunk& chunk, size_t rows) {
  if (format_ && *format_ != chunk.format)
    throw Error("ERR_INVALID_ARGUMENT", name_ + " has numbers in " + nameOf(chunk.format) +
                                            ", but those of earlier rows are in " + nameOf(*format_));
  stagedFormat_ = chunk.format;
  stagedRows_ = rows;
  const size_t bytes = staged().bytes();
  numbers_.reserve(numbers_.size() + bytes);
  std::memcpy(numbers_.data() + numbers_.size(), chunk.values, bytes);
  stagedLargest_ = largestIn(staged());
}

void DenseColumns::checkStaged(size_t firstRow) const {
  if (std::isfinite(stagedLargest_)) return;
  if (auto found = nonFiniteIn(staged())) {
    found->row += firstRow;
    throw nonFiniteError(name_, *found);
  }
}

void DenseColumns::commit() noexcept {
  format_ = stagedFormat_;
  numbers_.resize(numbers_.size() + staged().bytes());
  rows_ += stagedRows_;
  largest_ = std::max(largest_, stagedLargest_);
}

Table DenseColumns::share() {
  owner_ = Growing<std::byte>::newOwner();
  Table table{*format_, rows_, columns_, scale_, numbers_.shareBy(owner_)};
  table.largest = largest_;
  return table;
}

void DenseColumns::handOver() noexcept {
  numbers_.handOver(owner_);
  rows_ = 0;
  largest_ = 0;
}

void CodeColumns::stage(const CodeChunk& chunk, size_t rows, size_t firstRow) {
  staged_ = rows * cardinalities_.size();
  codes_.reserve(codes_.size() + staged_);
  uint32_t* const copy = codes_.data() + codes_.size();
  std::copy_n(chunk.codes, staged_, copy);
  try {
    checkCodes(copy, rows, cardinalities_, firstRow);
  } catch (const Error& error) {
    throw Error(error.code(), name_ + ": " + error.what());
  }
}

std::shared_ptr<const CodeTable> CodeColumns::share() {
  const size_t rows = codes_.size() / cardinalities_.size();
  owner_ = Growing<uint32_t>::newOwner();
  return std::make_shared<const CodeTable>(codes_.shareBy(owner_), rows, cardinalities_);
}

void SparseColumns::stage(const SparseChunk& chunk, size_t rows) {
  if (chunk.table->columns != columns_ || chunk.table->rows != rows)
    throw Error("ERR_SHAPE", "sparse rows have " + std::to_string(chunk.table->columns) + " columns, expected " +
                                 std::to_string(columns_));
  builder_.reserve(*chunk.table);
  staged_ = chunk;
}

DatasetBuilder::DatasetBuilder(std::vector<Block> blocks, size_t targetColumns, Weights weights)
    : blocks_(std::move(blocks)) {
  if (blocks_.empty()) throw Error("ERR_SHAPE", "there are no blocks of columns");
  if (targetColumns > 0) targets_.emplace("targets", targetColumns, 1);
  if (weights == Weights::given) weights_.emplace("weights", 1, 1);
}

void DatasetBuilder::append(const DatasetChunk& chunk, size_t firstRow) {
  if (chunk.blocks.size() != blocks_.size() || chunk.targets.has_value() != targets_.has_value() ||
      (chunk.weights != nullptr) != weights_.has_value())
    throw Error("ERR_SHAPE", "the rows have other blocks than the builder");
  if (chunk.rows > UINT32_MAX - rows_) throw Error("ERR_OUT_OF_RANGE", "there are more than 2^32 - 1 rows");
  for (size_t i = 0; i < blocks_.size(); ++i) {
    if (chunk.blocks[i].index() != blocks_[i].columns.index())
      throw Error("ERR_SHAPE", blocks_[i].name + " is of another kind than the block of the builder");
    if (auto* const dense = std::get_if<DenseColumns>(&blocks_[i].columns)) {
      dense->stage(std::get<DenseChunk>(chunk.blocks[i]), chunk.rows);
      dense->checkStaged(firstRow);
    } else if (auto* const codes = std::get_if<CodeColumns>(&blocks_[i].columns)) {
      codes->stage(std::get<CodeChunk>(chunk.blocks[i]), chunk.rows, firstRow);
    } else {
      std::get<SparseColumns>(blocks_[i].columns).stage(std::get<SparseChunk>(chunk.blocks[i]), chunk.rows);
    }
  }
  if (targets_) targets_->stage(*chunk.targets, chunk.rows);
  if (weights_) weights_->stage({Format::float64, chunk.weights}, chunk.rows);
  for (Block& block : blocks_) std::visit([](auto& columns) { columns.commit(); }, block.columns);
  if (targets_) targets_->commit();
  if (weights_) weights_->commit();
  rows_ += chunk.rows;
}

size_t DatasetBuilder::bytes() const {
  size_t sum = (targets_ ? targets_->bytes() : 0) + (weights_ ? weights_->bytes() : 0);
  for (const Block& block : blocks_)
    sum += std::visit([](const auto& columns) { return columns.bytes(); }, block.columns);
  return sum;
}

Dataset DatasetBuilder::build() {
  if (rows_ == 0) throw Error("ERR_SHAPE", "there are no rows");
  Dataset data;
  for (Block& block : blocks_) {
    if (auto* const dense = std::get_if<DenseColumns>(&block.columns)) {
      data.inputs.emplace_back(std::make_shared<const Table>(dense->share()), block.name);
    } else if (auto* const codes = std::get_if<CodeColumns>(&block.columns)) {
      data.inputs.emplace_back(codes->share(), block.name);
    } else {
      data.inputs.emplace_back(std::get<SparseColumns>(block.columns).share(), block.name);
    }
  }
  if (targets_) data.targets = std::make_shared<const Table>(targets_->share());
  if (weights_) data.weights = std::make_shared<const Table>(weights_->share());
  for (Block& block : blocks_) std::visit([](auto& columns) { columns.handOver(); }, block.columns);
  if (targets_) targets_->handOver();
  if (weights_) weights_->handOver();
  rows_ = 0;
  return data;
}

}  // namespace glissade
