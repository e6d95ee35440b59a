#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace glissade {

/// The processors of the machine that the system lets this process use.
struct Processors {
  size_t usable = 1;            // those on which its threads may run
  std::optional<double> quota;  // seconds of processor time per second, by control groups; none without a limit

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

/// The least quota of the control groups of this process and of their visible parents: cpu.max (version 2),
/// cpu.cfs_quota_us and cpu.cfs_period_us (version 1). `root` is the folder with `proc` and the places where the
/// control groups are mounted; it ends without a slash. Files that can't be read set no limit. See
/// https://docs.kernel.org/admin-guide/cgroup-v2.html and https://docs.kernel.org/scheduler/sched-bwc.html
std::optional<double> quotaOfGroups(const std::string& root);

}  // namespace glissade
