#pragma once

#include <string>

namespace glissade {

/// `unsupported`: the file system has no locks, or has no more of them.
enum class FileLock { locked, taken, unsupported };

/// Locks an open file, without waiting, until the descriptor is closed or the process ends, even by SIGKILL. The lock
/// belongs to the descriptor. Other descriptors find it taken: those of this process, of other processes and, if the
/// file system supports it, of other machines.
FileLock lockFile(int descriptor) noexcept;

/// Whether an open file still has this name.
bool hasName(int descriptor, const std::string& path) noexcept;

/// Removes a file whose writer locked it and has ended since. Returns whether the file was removed.
bool removeAbandoned(const std::string& path) noexcept;

}  // namespace glissade
