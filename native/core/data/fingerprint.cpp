#include "data/fingerprint.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "files/crc32.h"

namespace glissade {
namespace {

constexpr size_t kBytes = size_t{8} << 20;  // about so many are read
constexpr size_t kLeastRows = 256;

class Fingerprint {
 public:
  template <typename Item>
  void add(const Item* items, size_t count) {
    checksum_ = crc32(std::as_bytes(std::span(items, count)), checksum_);
  }
  void add(uint64_t number) { add(&number, 1); }

  void add(const Table& table, uint32_t row) {
    table.visit([&](const auto* values) { add(values + size_t{row} * table.columns, table.columns); });
  }
  void add(const InputBlock& block, uint32_t row) {
    if (block.table) add(*block.table, row);
    if (block.codes) add(block.codes->row(row), block.codes->columns());
    if (!block.sparse) return;
    const SparseRow entries = block.sparse->row(row);
    add(entries.count);
    add(entries.columns, entries.count);
    if (entries.values) add(entries.values, entries.count);
    if (entries.rests) add(entries.rests, entries.count);
  }

  uint32_t checksum() const { return checksum_; }

 private:
  uint32_t checksum_ = 0;
};

}  // namespace

uint32_t fingerprintOf(const Dataset& data) {
  Fingerprint print;
  print.add(data.rows());
  size_t bytes = 0;
  for (const InputBlock& block : data.inputs) {
    const std::string_view name = block.name;
    print.add(static_cast<uint64_t>(block.kind));
    print.add(block.columns());
    print.add(name.data(), name.size());
    bytes += block.bytes();
  }
  std::vector<const Table*> tables;
  for (const InputBlock& block : data.inputs) tables.push_back(block.table.get());
  tables.insert(tables.end(), {data.targets.get(), data.weights.get()});
  for (const Table* table : tables) {
    if (!table) continue;
    print.add(static_cast<uint64_t>(table->format));
    print.add(table->columns);
    print.add(&table->scale, 1);
  }
  const size_t perRow = std::max<size_t>(1, bytes / std::max<size_t>(1, data.inputs.front().rows()));
  const size_t rows = std::min(data.rows(), std::max(kLeastRows, kBytes / perRow));
  for (size_t i = 0; i < rows; ++i) {
    const uint32_t row = data.rowAt(i * data.rows() / rows);
    for (const InputBlock& block : data.inputs) print.add(block, row);
    if (data.targets) print.add(*data.targets, row);
    if (data.weights) print.add(*data.weights, row);
  }
  return print.checksum();
}

}  // namespace glissade
