#include "data/file_rows.h"

#include <cstring>

#include "error.h"

namespace glissade {
namespace {

/// Rows of a row-major array with `bytes` bytes each.
void copyRows(const Dataset& data, const void* from, size_t bytes, size_t begin, size_t end,
              std::vector<std::byte>& into) {
  const auto* const source = static_cast<const std::byte*>(from);
  into.resize((end - begin) * bytes);
  if (!data.selection) {
    std::memcpy(into.data(), source + begin * bytes, into.size());
    return;
  }
  for (size_t i = begin; i < end; ++i) std::memcpy(&into[(i - begin) * bytes], source + data.rowAt(i) * bytes, bytes);
}

template <typename Number>
void push(std::vector<std::byte>& into, const Number* numbers, size_t count) {
  const auto* const bytes = reinterpret_cast<const std::byte*>(numbers);
  into.insert(into.end(), bytes, bytes + count * sizeof(Number));
}

}  // namespace

const Table* FilePart::table() const {
  if (const InputBlock* const given = block()) return given->table.get();
  return part == data.inputs.size()       ? data.targets.get()
         : part == data.inputs.size() + 1 ? data.weights.get()
                                          : nullptr;
}

std::vector<std::byte> fileRows(const FilePart& part, FileArray array, size_t begin, size_t end,
                                uint64_t entriesBefore) {
  const Dataset& data = part.data;
  std::vector<std::byte> bytes;
  if (const Table* const table = part.table(); table && array == FileArray::numbers) {
    copyRows(data, table->data.get(), table->bytes() / table->rows, begin, end, bytes);
    return bytes;
  }
  const InputBlock* const block = part.block();
  if (block && block->codes && array == FileArray::codes) {
    copyRows(data, block->codes->codes.get(), sizeof(uint32_t) * block->columns(), begin, end, bytes);
    return bytes;
  }
  if (!block || !block->sparse || array == FileArray::numbers || array == FileArray::codes)
    throw Error("ERR_INVALID_ARGUMENT", "the dataset has no such array");
  for (size_t i = begin; i < end; ++i) {
    const SparseRow row = block->sparse->row(data.rowAt(i));
    switch (array) {
      case FileArray::offsets: push(bytes, &(entriesBefore += row.count), 1); break;
      case FileArray::indices: push(bytes, row.columns, row.count); break;
      case FileArray::values:
      case FileArray::rests:
        for (size_t k = 0; k < row.count; ++k) {
          const float number = array == FileArray::values ? row.value(k) : row.rest(k);
          push(bytes, &number, 1);
        }
        break;
      default: __builtin_unreachable();
    }
  }
  return bytes;
}

}  // namespace glissade
