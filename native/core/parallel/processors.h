#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace glissade {

/// The processors of the machine that the system lets this process use.
struct Processors {
  size_t usable = 1;            // those on which its threads may run
  std::optional<double> quota;  // seconds of processor time per second; none without a limit

  /// The number of threads that keep these busy: the quota rounded down, at least one. With one thread more, the system
  /// would stop all of them, the event loop's too, for a part of each period. libuv and Rust's standard library round
  /// down too; Java, .NET and Go round up.
  size_t threads() const;

  /// Those of this process. Reads the file system on Linux.
  static Processors ofProcess();
};

/// Which machine this process is on, and which of its processors it may use now. Processes with the same text share
/// them.
std::string processorsInWords();

}  // namespace glissade
