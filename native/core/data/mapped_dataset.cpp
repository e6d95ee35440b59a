#include "data/mapped_dataset.h"

#include <limits>
#include <utility>

#include "error.h"

namespace glissade {
namespace {

constexpr size_t kAlignment = 64;

[[noreturn]] void fail(const std::string& what) { throw Error("ERR_CORRUPT_FILE", "the file is damaged: " + what); }

/// The array of `count` elements in a section. It owns a share of the file.
template <typename Element>
std::shared_ptr<const Element> arrayAt(const std::shared_ptr<const MappedFile>& file, const FileSection& section,
                                       size_t count, const std::string& name) {
  const auto bytes = file->bytes();
  if (section.offset % kAlignment != 0 || section.offset > bytes.size() ||
      section.bytes > bytes.size() - section.offset || section.bytes / sizeof(Element) != count ||
      section.bytes % sizeof(Element) != 0)
    fail("the section of " + name + " does not fit its numbers or the file");
  return {file, reinterpret_cast<const Element*>(bytes.data() + section.offset)};
}

std::shared_ptr<const Table> tableAt(const std::shared_ptr<const MappedFile>& file, size_t rows,
                                     const MappedBlock& block) {
  if (block.columns > file->bytes().size() / rows) fail(block.name + " has more columns than fit into the file");
  auto table = std::make_shared<Table>(Table{block.format, rows, block.columns, block.scale, nullptr});
  table->data = arrayAt<std::byte>(file, block.numbers, table->bytes(), block.name);
  table->largest = block.largest;
  return table;
}

InputBlock blockAt(const std::shared_ptr<const MappedFile>& file, size_t rows, const MappedBlock& block) {
  const std::string& name = block.name;
  if (block.kind == InputBlock::Kind::dense) return {tableAt(file, rows, block), name};
  if (block.kind == InputBlock::Kind::categorical)
    return {
        std::make_shared<const CodeTable>(
            arrayAt<uint32_t>(file, block.numbers, rows * block.cardinalities.size(), name), rows, block.cardinalities),
        name};
  auto sparse = std::make_shared<SparseTable>();
  *sparse = {rows,
             block.columns,
             arrayAt<uint64_t>(file, block.numbers, rows + 1, name),
             arrayAt<uint32_t>(file, block.indices, block.entries, name),
             nullptr,
             nullptr,
             static_cast<float>(block.largest),
             block.longest};
  if (block.values) sparse->values = arrayAt<float>(file, *block.values, block.entries, name);
  if (block.rests) sparse->rests = arrayAt<float>(file, *block.rests, block.entries, name);
  return {std::move(sparse), name};
}

/// `entries` are those of the file, which offsets must not go beyond.
void checkSparse(const SparseTable& table, size_t entries, size_t begin, size_t end, const std::string& name) {
  const uint64_t* const offsets = table.offsets.get();
  for (size_t row = begin; row < end; ++row) {
    const uint64_t from = offsets[row], to = offsets[row + 1];
    if ((row == 0 && from != 0) || from > to || to > entries || to - from > table.longest)
      fail("the offsets of " + name + " do not ascend at row " + std::to_string(row));
    for (uint64_t k = from; k < to; ++k)
      if (table.indices.get()[k] >= table.columns)
        fail(name + " has column " + std::to_string(table.indices.get()[k]) + " in row " + std::to_string(row));
  }
  if (end == table.rows && offsets[end] != entries) fail("the offsets of " + name + " end before its entries");
}

std::span<const std::byte> piece(const void* data, size_t begin, size_t end, size_t each) {
  return {static_cast<const std::byte*>(data) + begin * each, (end - begin) * each};
}

}  // namespace

Dataset mapDataset(const std::shared_ptr<const MappedFile>& file, size_t rows, const std::vector<MappedBlock>& inputs,
                   const MappedBlock* targets, const MappedBlock* weights) {
  if (rows == 0 || rows > UINT32_MAX || inputs.empty()) fail("it has no rows or no blocks");
  Dataset data;
  auto mapping = std::make_shared<Mapping>();
  mapping->file = file;
  for (const MappedBlock& block : inputs) {
    data.inputs.push_back(blockAt(file, rows, block));
    mapping->entries.push_back(block.entries);
  }
  if (targets) data.targets = tableAt(file, rows, *targets);
  if (weights) data.weights = tableAt(file, rows, *weights);
  data.mapping = std::move(mapping);
  return data;
}

void checkMapped(const Dataset& data, size_t begin, size_t end) {
  for (size_t i = 0; i < data.inputs.size(); ++i) {
    const InputBlock& block = data.inputs[i];
    if (block.sparse) checkSparse(*block.sparse, data.mapping->entries[i], begin, end, block.name);
    if (!block.codes) continue;
    try {
      checkCodes(block.codes->row(begin), end - begin, block.codes->cardinalities, begin);
    } catch (const Error& error) {
      fail(block.name + ": " + error.what());
    }
  }
  for (const auto& read : mappedPieces(data, begin, end)) advise(read, Advice::notNeeded);
}

std::vector<std::span<const std::byte>> mappedPieces(const Dataset& data, size_t begin, size_t end) {
  std::vector<std::span<const std::byte>> pieces;
  const auto add = [&](const Table& table) {
    pieces.push_back(piece(table.data.get(), begin, end, table.bytes() / table.rows));
  };
  for (const InputBlock& block : data.inputs) {
    if (block.table) add(*block.table);
    if (block.codes) pieces.push_back(piece(block.codes->codes.get(), begin, end, sizeof(uint32_t) * block.columns()));
    if (!block.sparse) continue;
    const SparseTable& table = *block.sparse;
    const uint64_t from = table.offsets.get()[begin], to = table.offsets.get()[end];
    pieces.push_back(piece(table.offsets.get(), begin, end, sizeof(uint64_t)));
    pieces.push_back(piece(table.indices.get(), from, to, sizeof(uint32_t)));
    for (const auto& numbers : {table.values, table.rests})
      if (numbers) pieces.push_back(piece(numbers.get(), from, to, sizeof(float)));
  }
  if (data.targets) add(*data.targets);
  if (data.weights) add(*data.weights);
  return pieces;
}

}  // namespace glissade
