#include "system/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

#include "error.h"

namespace glissade {

MappedFile::MappedFile(const std::string& path) {
  const auto fail = [&] {
    throw Error("ERR_FILE", "can't map " + path + ": " + std::generic_category().message(errno));
  };
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) fail();
  struct stat status;
  void* memory = MAP_FAILED;
  size_t size = 0;
  if (::fstat(file, &status) == 0) {
    size = static_cast<size_t>(status.st_size);
    memory = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file, 0);  // fails for an empty file
  }
  const int reason = errno;
  ::close(file);
  errno = reason;
  if (memory == MAP_FAILED) fail();
  bytes_ = {static_cast<const std::byte*>(memory), size};
}

MappedFile::~MappedFile() { ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size()); }

void advise(std::span<const std::byte> mapped, Advice advice) noexcept {
  static const auto page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  auto begin = reinterpret_cast<uintptr_t>(mapped.data()), end = begin + mapped.size();
  if (advice == Advice::willNeed) {
    begin = begin / page * page;
  } else {
    begin = (begin + page - 1) / page * page;
    end = end / page * page;
  }
  if (begin < end)
    ::madvise(reinterpret_cast<void*>(begin), end - begin, advice == Advice::willNeed ? MADV_WILLNEED : MADV_DONTNEED);
}

}  // namespace glissade
