#include "files/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace glissade {

FileLock lockFile(int descriptor) noexcept {
  if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return FileLock::locked;
  return errno == EWOULDBLOCK ? FileLock::taken : FileLock::unsupported;
}

bool hasName(int descriptor, const std::string& path) noexcept {
  struct stat open {
  }, named{};
  return ::fstat(descriptor, &open) == 0 && ::lstat(path.c_str(), &named) == 0 && open.st_dev == named.st_dev &&
         open.st_ino == named.st_ino;
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
