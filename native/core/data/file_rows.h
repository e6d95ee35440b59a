#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "data/dataset.h"

namespace glissade {

/// The arrays of a dataset in its file: of a dense block (or targets or weights) `numbers`, of a categorical one
/// `codes`, of a sparse one the others.
enum class FileArray { numbers, codes, offsets, indices, values, rests };

/// The part of a dataset that `part` counts: its input blocks, then targets, then weights.
struct FilePart {
  const Dataset& data;
  size_t part;

  const Table* table() const;
  const InputBlock* block() const { return part < data.inputs.size() ? &data.inputs[part] : nullptr; }
};

/// The bytes of one array for rows [begin, end) of a dataset or its selection. Offsets are the ends of rows, after
/// `entriesBefore` entries of other rows. Values that a table does not store are 1, rests 0.
/// @throws Error ERR_INVALID_ARGUMENT for an array that the part does not have.
std::vector<std::byte> fileRows(const FilePart& part, FileArray array, size_t begin, size_t end,
                                uint64_t entriesBefore);

}  // namespace glissade
