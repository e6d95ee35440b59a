#include "files/whole_file.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <system_error>
#include <thread>
#include <utility>

#include "error.h"
#include "files/crc32.h"
#include "system/files.h"

namespace glissade {
namespace {

// Bytes that are summed and then written while they are in the second-level cache.
constexpr size_t kChunk = size_t{1} << 18;
constexpr size_t kDigits = 8;

void write(const TemporaryFile& file, const FileContents& contents) {
  file.write(contents.header, 0);
  size_t offset = contents.header.size();
  uint32_t crc = 0;
  for (const auto& piece : contents.pieces) {
    for (size_t at = 0; at < piece.size(); at += kChunk) {
      const auto chunk = piece.subspan(at, std::min(kChunk, piece.size() - at));
      crc = crc32(chunk, crc);
      file.write(chunk, offset);
      offset += chunk.size();
    }
  }
  std::array<char, kDigits + 1> digits;
  (void)std::snprintf(digits.data(), digits.size(), "%08x", crc);
  file.write(std::as_bytes(std::span(digits).first(kDigits)), contents.checksumAt);
}

/// The folder of a file, with a slash at its end, and the path of the temporary file. Its extension marks it as
/// incomplete for later clean-up.
std::pair<std::string, std::string> temporaryFor(const std::string& path) {
  const size_t slash = path.find_last_of(kSeparators);
  const std::string folder = slash == std::string::npos ? "./" : path.substr(0, slash + 1);
  return {folder, folder + "." + path.substr(slash + 1) + ".tmp"};
}

/// Opens the temporary file of a path.
TemporaryFile openTemporary(const std::string& path, const std::string& temporary) {
  constexpr int kAttempts = 100;  // a millisecond each: removeAbandoned() has a lock for less
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (std::optional<TemporaryFile> file = TemporaryFile::open(temporary)) return std::move(*file);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  throw Error("ERR_FILE", "can't write " + path + ": another process is writing it; give each a file of its own");
}

std::string reasonOf(const std::system_error& error) {
  std::string reason = error.code().message();
  if (!reason.empty() && reason[0] >= 'A' && reason[0] <= 'Z') reason[0] += 'a' - 'A';  // as in Node's messages
  return reason;
}

}  // namespace

void writeWhole(const std::string& path, const FileContents& contents) try {
  const auto [folder, temporary] = temporaryFor(path);
  {
    TemporaryFile file = openTemporary(path, temporary);
    write(file, contents);
    file.sync();
    file.renameTo(path);
  }
  syncFolder(folder);
} catch (const std::system_error& error) {
  throw Error("ERR_FILE", "can't write " + path + ": " + reasonOf(error));
}

}  // namespace glissade
