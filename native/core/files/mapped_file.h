#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace glissade {

/// A file in memory that is read page by page where it is used. The descriptor is closed at once: the mapping keeps a
/// file that is removed or replaced. A file that is cut off meanwhile ends the process by SIGBUS when a page beyond its
/// end is read.
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

/// What a program is about to do with mapped memory: read it soon, which the system then prepares while the program
/// goes on; or nothing, so that its pages no longer count as memory of the process.
enum class Advice { willNeed, notNeeded };

/// Passes an advice on to the system, which may ignore it. notNeeded leaves out pages that hold other bytes as well.
void advise(std::span<const std::byte> mapped, Advice advice) noexcept;

}  // namespace glissade
