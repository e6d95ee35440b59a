#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace glissade {

/// What the system lets this process use of the machine's processors.
struct Processors {
  size_t usable = 1;            // those that its threads may run on
  std::optional<double> quota;  // seconds of processor time per second, by control groups; none without a limit

  /// The number of threads that keep these busy: the whole processors of the quota, at least one. With one thread more
  /// than that, the system stops all of them, the event loop's too, for a part of each period. libuv and Rust's
  /// standard library round down too; Java, .NET and Go round up.
  size_t threads() const;

  /// Those of this process. Reads the file system on Linux.
  static Processors ofProcess();
};

/// Which machine this process is on, and which of its processors it may use now. Processes with the same text share
/// them.
std::string processorsInWords();

/// The least quota of the control groups that this process is in and of those around them, as far as they can be seen:
/// cpu.max (version 2), cpu.cfs_quota_us and cpu.cfs_period_us (version 1). `root` is the folder that has `proc`, and
/// the places where the control groups are mounted; it ends without a slash. Files that can't be read set no limit.
/// See https://docs.kernel.org/admin-guide/cgroup-v2.html and https://docs.kernel.org/scheduler/sched-bwc.html
std::optional<double> quotaOfGroups(const std::string& root);

}  // namespace glissade
