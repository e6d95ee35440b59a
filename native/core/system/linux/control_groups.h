#pragma once

#include <optional>
#include <string>

namespace glissade {

/// The least quota of the control groups of this process and of their visible parents: cpu.max (version 2),
/// cpu.cfs_quota_us and cpu.cfs_period_us (version 1). `root` is the folder with `proc` and the places where the
/// control groups are mounted; it ends without a slash. Files that can't be read set no limit. See
/// https://docs.kernel.org/admin-guide/cgroup-v2.html and https://docs.kernel.org/scheduler/sched-bwc.html
std::optional<double> quotaOfGroups(const std::string& root);

}  // namespace glissade
