#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace glissade {

// A failure throws std::system_error with an errno code, so that its message is the same on every system.

/// A file under a temporary name, which others find locked while it is being written.
class TemporaryFile {
 public:
  /// Opens it for writing, empty; one that a killed process has left is taken over. Nothing while another writer has
  /// it.
  static std::optional<TemporaryFile> open(const std::string& path);
  TemporaryFile(TemporaryFile&& other) noexcept
      : handle_(std::exchange(other.handle_, kNone)), path_(std::exchange(other.path_, {})) {}
  TemporaryFile& operator=(TemporaryFile&&) = delete;
  /// Removes the file, unless it has got another name.
  ~TemporaryFile();

  void write(std::span<const std::byte> bytes, size_t offset) const;
  /// Returns once the contents survive a loss of power.
  void sync() const;
  /// Gives it its name, in the same folder, in place of a file that has the name now.
  void renameTo(const std::string& path);

 private:
  TemporaryFile(intptr_t handle, std::string path) : handle_(handle), path_(std::move(path)) {}
  static constexpr intptr_t kNone = -1;

  intptr_t handle_;  // the system's
  std::string path_;
};

/// The characters that separate the folders of a path.
extern const char* const kSeparators;

/// Returns once names in a folder, which ends with a separator, survive a loss of power.
void syncFolder(const std::string& folder);

/// Removes a file, if it is there and may be removed.
void removeIfThere(const std::string& path) noexcept;

/// `unsupported`: the file system has no locks, or has no more of them.
enum class FileLock { locked, taken, unsupported };

/// Locks an open file, without waiting, until the descriptor is closed or the process ends, even by SIGKILL. The lock
/// belongs to the descriptor. Other descriptors find it taken: those of this process, of other processes and, if the
/// file system supports it, of other machines. On Windows an open file is as good as locked: nothing is done.
FileLock lockFile(int descriptor) noexcept;

/// Removes a file whose writer locked it and has ended since. Returns whether the file was removed.
bool removeAbandoned(const std::string& path) noexcept;

}  // namespace glissade
