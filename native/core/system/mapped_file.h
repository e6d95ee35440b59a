#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace glissade {

/// A file mapped into memory, whose pages are read when they are first used. Its descriptor is closed at once.
///
/// On POSIX systems, the mapping stays valid if the file is removed or replaced; if the file is truncated, reading
/// beyond its new end kills the process with SIGBUS. Windows refuses to remove, replace or truncate a mapped file.
class MappedFile {
 public:
  /// @throws Error ERR_FILE with the system's reason.
  explicit MappedFile(const std::string& path);
  MappedFile(const MappedFile&) = delete;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  std::span<const std::byte> bytes_;
};

/// What a program is about to do with mapped memory. `willNeed`: read it soon; the system reads ahead meanwhile.
/// `notNeeded`: nothing; the pages no longer count as memory of the process.
enum class Advice { willNeed, notNeeded };

/// Passes advice on to the system, which may ignore it. `notNeeded` leaves out pages that contain other bytes too.
void advise(std::span<const std::byte> mapped, Advice advice) noexcept;

}  // namespace glissade
