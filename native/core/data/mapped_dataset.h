#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "system/mapped_file.h"

namespace glissade {

/// The place of an array in a file.
struct FileSection {
  uint64_t offset, bytes;
};

/// An input block, or the targets or weights, in a file. Dense: numbers. Categorical: codes. Sparse: offsets (rows + 1
/// of 64 bits), indices, and values and rests where there are some.
struct MappedBlock {
  InputBlock::Kind kind;
  std::string name;
  size_t columns;
  Format format;
  double scale, largest;
  std::vector<uint32_t> cardinalities;
  size_t longest, entries;
  FileSection numbers;  // or codes, or offsets
  FileSection indices;
  std::optional<FileSection> values, rests;
};

/// A dataset over the memory of a mapped file, none of which is read: checkMapped must pass before the rows are used.
/// @throws Error ERR_CORRUPT_FILE for a section that is not within the file, is not aligned to 64 bytes, or has another
/// length than its numbers.
Dataset mapDataset(const std::shared_ptr<const MappedFile>& file, size_t rows, const std::vector<MappedBlock>& inputs,
                   const MappedBlock* targets, const MappedBlock* weights);

/// Checks rows [begin, end) of a mapped dataset: categories and sparse columns must exist, and offsets must ascend.
/// Tells the system that the pages that were read are no longer needed.
/// @throws Error ERR_CORRUPT_FILE
void checkMapped(const Dataset& data, size_t begin, size_t end);

/// The bytes of rows [begin, end) of a mapped dataset's tables, as one piece for each array.
std::vector<std::span<const std::byte>> mappedPieces(const Dataset& data, size_t begin, size_t end);

}  // namespace glissade
