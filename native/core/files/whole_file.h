#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace glissade {

/// The contents of a file: a header, then pieces of memory in order. Eight hexadecimal digits in the header, which must
/// be zeros, become the CRC-32 of the pieces.
struct FileContents {
  std::span<const std::byte> header;
  size_t checksumAt;  // offset of the digits
  std::vector<std::span<const std::byte>> pieces;
};

/// Writes a file as a whole or not at all: to a temporary file in the same folder, which is synced and renamed. If the
/// process ends meanwhile, `path` has its old contents or the new ones. The temporary file that a killed process leaves
/// is overwritten when `path` is next written; that of a process that is writing is not.
/// @throws Error ERR_FILE with the system's reason. `path` is unchanged then, unless only its folder can't be synced.
void writeWhole(const std::string& path, const FileContents& contents);

}  // namespace glissade
