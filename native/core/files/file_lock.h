#pragma once

#include <string>

namespace glissade {

/// `unsupported`: the file system has no locks, or has no more of them.
enum class FileLock { locked, taken, unsupported };

/// Locks an open file, without waiting, until the descriptor is closed or the process ends, even by SIGKILL. The lock
/// is of the descriptor: others of this process, of other processes and, where the file system tells them, of other
/// machines find it taken.
FileLock lockFile(int descriptor) noexcept;

/// Whether an open file still has this name.
bool hasName(int descriptor, const std::string& path) noexcept;

/// Removes a file whose writer has locked it while it worked and has ended since. Whether the file was removed.
bool removeAbandoned(const std::string& path) noexcept;

}  // namespace glissade
