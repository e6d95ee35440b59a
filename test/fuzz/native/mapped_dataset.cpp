// Files of datasets: any description of any bytes is refused, or all rows can be read.
#include "data/mapped_dataset.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "data/file_rows.h"
#include "error.h"
#include "input.h"

namespace glissade {
namespace {

/// Bytes as a file in memory.
std::shared_ptr<const MappedFile> fileOf(const uint8_t* bytes, size_t size) {
  const int descriptor = ::memfd_create("input", MFD_CLOEXEC);
  if (::write(descriptor, bytes, size) != static_cast<ssize_t>(size)) __builtin_trap();
  auto file = std::make_shared<const MappedFile>("/proc/self/fd/" + std::to_string(descriptor));
  ::close(descriptor);
  return file;
}

/// A small number, as in files, or any.
uint64_t count(Input& input) {
  const auto small = input.next<uint8_t>();
  return small < 224 ? small : input.next<uint64_t>();
}

/// A section that fits `bytes`, or any.
FileSection section(Input& input, uint64_t bytes) {
  const uint64_t line = count(input);
  return {line < 224 ? 64 * line : line, input.below(4) ? bytes : count(input)};
}

MappedBlock block(Input& input, size_t rows, InputBlock::Kind kind) {
  MappedBlock result{};
  result.kind = kind;
  result.name = "block";
  result.columns = std::max<size_t>(1, count(input) & 0xffffffffu);  // as checked by native/binding
  result.format = static_cast<Format>(input.below(4));
  result.scale = result.largest = 1;
  const size_t sizes[] = {4, 8, 1, 2};
  switch (kind) {
    case InputBlock::Kind::dense:
      result.numbers = section(input, rows * result.columns * sizes[static_cast<int>(result.format)]);
      break;
    case InputBlock::Kind::categorical:
      result.columns = 1 + result.columns % 4;
      for (size_t i = 0; i < result.columns; ++i) result.cardinalities.push_back(static_cast<uint32_t>(count(input)));
      result.numbers = section(input, rows * result.columns * 4);
      break;
    case InputBlock::Kind::sparse:
      result.entries = count(input);
      result.longest = count(input);
      result.numbers = section(input, (rows + 1) * 8);
      result.indices = section(input, result.entries * 4);
      if (input.below(2)) result.values = section(input, result.entries * 4);
      if (input.below(2)) result.rests = section(input, result.entries * 4);
      break;
  }
  return result;
}

/// Reads every number of a dataset, like training and writing.
double readAll(const Dataset& data) {
  double sum = 0;
  for (const auto& piece : mappedPieces(data, 0, data.rows()))
    for (const std::byte one : piece) sum += static_cast<double>(one);
  for (const InputBlock& block : data.inputs)
    for (size_t row = 0; row < data.rows(); ++row) {
      for (size_t column = 0; block.table && column < block.table->columns; ++column)
        sum += block.table->at(row, column);
      for (size_t column = 0; block.codes && column < block.codes->columns(); ++column) {
        if (block.codes->at(row, column) >= block.codes->cardinalities[column]) __builtin_trap();
        sum += block.codes->at(row, column);
      }
      if (!block.sparse) continue;
      const SparseRow entries = block.sparse->row(row);
      if (entries.count > block.sparse->longest) __builtin_trap();
      for (size_t k = 0; k < entries.count; ++k) {
        if (entries.columns[k] >= block.sparse->columns) __builtin_trap();
        sum += static_cast<double>(entries.value(k) + entries.rest(k));
      }
    }
  for (size_t part = 0; part < data.inputs.size() + 2; ++part)
    for (const FileArray array : {FileArray::numbers, FileArray::codes, FileArray::offsets, FileArray::indices,
                                  FileArray::values, FileArray::rests})
      try {
        sum += static_cast<double>(fileRows({data, part}, array, 0, data.rows(), 0).size());
      } catch (const Error&) {
      }
  return sum;
}

}  // namespace
}  // namespace glissade

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace glissade;
  Input input(bytes, size);
  const size_t rows = count(input), blocks = input.below(4);
  std::vector<MappedBlock> inputs;
  for (size_t i = 0; i < blocks; ++i)
    inputs.push_back(block(input, rows, static_cast<InputBlock::Kind>(input.below(3))));
  const auto kinds = input.below(4);
  const MappedBlock targets = block(input, rows, InputBlock::Kind::dense);
  const MappedBlock weights = block(input, rows, InputBlock::Kind::dense);
  if (input.size() == 0) return 0;
  try {
    const Dataset data = mapDataset(fileOf(input.data(), input.size()), rows, inputs, kinds & 1 ? &targets : nullptr,
                                    kinds & 2 ? &weights : nullptr);
    // The pieces that lib/data/dataset_file.ts checks at a time are of any size.
    const size_t half = data.rows() / 2;
    if (half > 0) checkMapped(data, 0, half);
    checkMapped(data, half, data.rows());
    if (std::isnan(readAll(data))) return 0;
  } catch (const Error&) {
  }
  return 0;
}
