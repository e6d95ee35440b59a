#include "system/files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace glissade {
namespace {

[[noreturn]] void fail() { throw std::system_error(errno, std::generic_category()); }

/// Whether an open file still has this name.
bool hasName(int descriptor, const std::string& path) noexcept {
  struct stat open {
  }, named{};
  return ::fstat(descriptor, &open) == 0 && ::lstat(path.c_str(), &named) == 0 && open.st_dev == named.st_dev &&
         open.st_ino == named.st_ino;
}

void syncDescriptor(int descriptor) {
#ifdef F_FULLFSYNC  // macOS: fsync alone leaves the data in the drive's cache
  if (::fcntl(descriptor, F_FULLFSYNC) == 0) return;
#endif
  if (::fsync(descriptor) != 0) fail();
}

}  // namespace

const char* const kSeparators = "/";

std::optional<TemporaryFile> TemporaryFile::open(const std::string& path) {
  std::string copy = path;  // before the file is open: without memory for it, the descriptor would be lost
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
  if (descriptor < 0) fail();
  // The last writer may have renamed it between the two calls: it has the name of a whole file then.
  if (lockFile(descriptor) == FileLock::taken || !hasName(descriptor, path)) {
    ::close(descriptor);
    return {};
  }
  TemporaryFile file(descriptor, std::move(copy));
  if (::ftruncate(descriptor, 0) != 0) fail();
  return file;
}

TemporaryFile::~TemporaryFile() {
  if (!path_.empty()) ::unlink(path_.c_str());  // before the lock ends with the descriptor
  if (handle_ != kNone) ::close(static_cast<int>(handle_));
}

void TemporaryFile::write(std::span<const std::byte> bytes, size_t offset) const {
  while (!bytes.empty()) {
    const ssize_t count = ::pwrite(static_cast<int>(handle_), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail();
    bytes = bytes.subspan(static_cast<size_t>(count));
    offset += static_cast<size_t>(count);
  }
}

void TemporaryFile::sync() const { syncDescriptor(static_cast<int>(handle_)); }

void TemporaryFile::renameTo(const std::string& path) {
  if (::rename(path_.c_str(), path.c_str()) != 0) fail();
  path_.clear();
}

void syncFolder(const std::string& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) fail();
  try {
    syncDescriptor(descriptor);
  } catch (...) {
    ::close(descriptor);
    throw;
  }
  ::close(descriptor);
}

void removeIfThere(const std::string& path) noexcept { ::unlink(path.c_str()); }

FileLock lockFile(int descriptor) noexcept {
  if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return FileLock::locked;
  return errno == EWOULDBLOCK ? FileLock::taken : FileLock::unsupported;
}

bool removeAbandoned(const std::string& path) noexcept {
  // For writing, since some network file systems lock no others. O_NONBLOCK: a pipe by this name is not waited for.
  constexpr int kFlags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  int descriptor = ::open(path.c_str(), O_RDWR | kFlags);
  if (descriptor < 0) descriptor = ::open(path.c_str(), O_RDONLY | kFlags);
  if (descriptor < 0) return false;
  const bool removed =
      lockFile(descriptor) == FileLock::locked && hasName(descriptor, path) && ::unlink(path.c_str()) == 0;
  ::close(descriptor);
  return removed;
}

}  // namespace glissade
