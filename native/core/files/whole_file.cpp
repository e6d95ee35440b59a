#include "files/whole_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <system_error>
#include <thread>
#include <utility>

#include "error.h"
#include "files/crc32.h"
#include "files/file_lock.h"

namespace glissade {
namespace {

// Bytes that are summed and then written while they are in the second-level cache.
constexpr size_t kChunk = size_t{1} << 18;
constexpr size_t kDigits = 8;

[[noreturn]] void fail(const std::string& path) {
  std::string reason = std::generic_category().message(errno);
  if (!reason.empty() && reason[0] >= 'A' && reason[0] <= 'Z') reason[0] += 'a' - 'A';  // as in Node's messages
  throw Error("ERR_FILE", "can't write " + path + ": " + reason);
}

class Descriptor {
 public:
  explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
  Descriptor(const Descriptor&) = delete;
  ~Descriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  explicit operator bool() const { return descriptor_ >= 0; }
  int get() const { return descriptor_; }
  int release() { return std::exchange(descriptor_, -1); }

  bool write(std::span<const std::byte> bytes, size_t offset) const {
    while (!bytes.empty()) {
      const ssize_t count = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return false;
      bytes = bytes.subspan(static_cast<size_t>(count));
      offset += static_cast<size_t>(count);
    }
    return true;
  }
  bool sync() const {
#ifdef F_FULLFSYNC  // macOS: fsync alone leaves the data in the drive's cache
    if (::fcntl(descriptor_, F_FULLFSYNC) == 0) return true;
#endif
    return ::fsync(descriptor_) == 0;
  }
  bool empty() const { return ::ftruncate(descriptor_, 0) == 0; }

 private:
  int descriptor_;
};

bool write(const Descriptor& file, const FileContents& contents) {
  if (!file.write(contents.header, 0)) return false;
  size_t offset = contents.header.size();
  uint32_t crc = 0;
  for (const auto& piece : contents.pieces) {
    for (size_t at = 0; at < piece.size(); at += kChunk) {
      const auto chunk = piece.subspan(at, std::min(kChunk, piece.size() - at));
      crc = crc32(chunk, crc);
      if (!file.write(chunk, offset)) return false;
      offset += chunk.size();
    }
  }
  std::array<char, kDigits + 1> digits;
  (void)std::snprintf(digits.data(), digits.size(), "%08x", crc);
  return file.write(std::as_bytes(std::span(digits).first(kDigits)), contents.checksumAt);
}

/// The folder of a file, with a slash at its end, and the path of the temporary file. Its extension marks it as
/// incomplete for later clean-up.
std::pair<std::string, std::string> temporaryFor(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "./" : path.substr(0, slash + 1);
  return {folder, folder + "." + path.substr(slash + 1) + ".tmp"};
}

/// Opens the temporary file for writing, empty and locked. One that a killed process has left is taken over.
Descriptor openLocked(const std::string& path, const std::string& temporary) {
  constexpr int kAttempts = 100;  // a millisecond each: removeAbandoned() has a lock for less
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666));
    if (!file) return Descriptor(-1);
    // The last writer may have renamed it between the two calls: it has the name of a whole file then.
    if (lockFile(file.get()) != FileLock::taken && hasName(file.get(), temporary))
      return file.empty() ? Descriptor(file.release()) : Descriptor(-1);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  throw Error("ERR_FILE", "can't write " + path + ": another process is writing it; give each a file of its own");
}

}  // namespace

void writeWhole(const std::string& path, const FileContents& contents) {
  const auto [folder, temporary] = temporaryFor(path);
  {
    const Descriptor file = openLocked(path, temporary);
    if (!file) fail(path);
    if (!write(file, contents) || !file.sync() || ::rename(temporary.c_str(), path.c_str()) != 0) {
      const int reason = errno;
      ::unlink(temporary.c_str());
      errno = reason;
      fail(path);
    }
  }
  // The new name survives a loss of power once the folder is synced.
  const Descriptor entries(::open(folder.c_str(), O_RDONLY | O_CLOEXEC));
  if (!entries || !entries.sync()) fail(path);
}

void removeIfThere(const std::string& path) noexcept { ::unlink(path.c_str()); }

}  // namespace glissade
