#include "system/linux/control_groups.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <vector>

namespace glissade {
namespace {

/// The bytes of a file of the kernel; none if it can't be read.
std::string contentsOf(const std::string& path) {
  std::string bytes;
  const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "re"), std::fclose);
  if (!file) return bytes;
  char buffer[4096];
  while (const size_t length = std::fread(buffer, 1, sizeof buffer, file.get())) bytes.append(buffer, length);
  return bytes;
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(separator, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

bool contains(const std::vector<std::string>& list, std::string_view item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

/// The kernel writes space, tab, line feed and backslash in paths as \ooo.
std::string unescaped(const std::string& text) {
  std::string result;
  const auto isOctal = [&](size_t at) { return at < text.size() && text[at] >= '0' && text[at] <= '7'; };
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && isOctal(i + 1) && isOctal(i + 2) && isOctal(i + 3)) {
      result += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      result += text[i];
    }
  }
  return result;
}

/// A place where groups are mounted. Of version 1, only that of the controller cpu has files with quotas.
struct Mount {
  bool isVersion2;
  std::string group, folder;  // the group that the mounted folder is of
};

std::vector<Mount> mountsIn(const std::string& mountinfo) {
  // 36 35 98:0 /group /folder rw,noatime master:1 - cgroup cgroup rw,cpu,cpuacct
  std::vector<Mount> mounts;
  for (const std::string& line : split(mountinfo, '\n')) {
    const std::vector<std::string> words = split(line, ' ');
    const auto dash = std::find(words.begin(), words.end(), "-");
    if (dash - words.begin() < 5 || words.end() - dash < 2) continue;
    const bool isVersion2 = dash[1] == "cgroup2";
    if (!isVersion2 && dash[1] != "cgroup") continue;
    mounts.push_back({isVersion2, unescaped(words[3]), unescaped(words[4])});
  }
  return mounts;
}

/// The process's group in the hierarchy of a mount. None if it is in none.
std::optional<std::string> groupIn(const Mount& mount, const std::string& groups) {
  // 4:cpu,cpuacct:/group for a hierarchy of version 1, 0::/group for that of version 2
  for (const std::string& line : split(groups, '\n')) {
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    if (mount.isVersion2 ? line.starts_with("0::") : contains(split(controllers, ','), "cpu"))
      return line.substr(second + 1);
  }
  return {};
}

std::optional<double> quotaAt(const std::string& folder, bool isVersion2) {
  std::vector<std::string> parts;  // the quota and its period
  if (isVersion2) {
    parts = split(contentsOf(folder + "/cpu.max"), ' ');
  } else {
    parts = {contentsOf(folder + "/cpu.cfs_quota_us"), contentsOf(folder + "/cpu.cfs_period_us")};
  }
  if (parts.size() != 2) return {};
  // "max" and -1 mean no limit.
  const double quota = std::strtod(parts[0].c_str(), nullptr), period = std::strtod(parts[1].c_str(), nullptr);
  if (!(quota > 0 && period > 0)) return {};
  return quota / period;
}

}  // namespace

std::optional<double> quotaOfGroups(const std::string& root) {
  const std::string groups = contentsOf(root + "/proc/self/cgroup");
  std::optional<double> least;
  for (const Mount& mount : mountsIn(contentsOf(root + "/proc/self/mountinfo"))) {
    const std::optional<std::string> group = groupIn(mount, groups);
    if (!group) continue;
    const std::string top = root + mount.folder;
    // Inside a container the mounted folder may be the process's own group, and the two names may have nothing in
    // common ("/../other" is a group outside of the namespace): only the mounted folder is known then.
    std::string below = mount.group == "/" ? *group : std::string();
    if (group->starts_with(mount.group + "/")) below = group->substr(mount.group.size());
    if (below == "/" || !below.starts_with('/') || below.starts_with("/..")) below.clear();
    while (true) {
      const std::optional<double> quota = quotaAt(top + below, mount.isVersion2);
      if (quota) least = std::min(*quota, least.value_or(*quota));
      if (below.empty()) break;
      below.erase(below.rfind('/'));
    }
  }
  return least;
}

}  // namespace glissade
