// The processors that a process can use, from trees of files like those of the kernel.
#include "system/linux/control_groups.h"

#include <doctest/doctest.h>

#include <string>

#include "files/folder.h"

namespace glissade {
namespace {

TEST_SUITE_BEGIN("system");

using Quota = std::optional<double>;

const std::string kVersion2 =
    "25 1 0:23 / /sys/fs/cgroup rw,nosuid,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";
const std::string kProc = "22 1 0:21 / /proc rw,relatime shared:9 - proc proc rw\n";

/// A tree with a process's view of itself.
struct Tree : Folder {
  Tree(const std::string& mounts, const std::string& groups) {
    write("proc/self/mountinfo", kProc + mounts);
    write("proc/self/cgroup", groups);
  }
  Quota quota() const { return quotaOfGroups(path()); }
};

TEST_CASE("version 2: the group of the process") {
  const Tree tree(kVersion2, "0::/service\n");
  CHECK(tree.quota() == std::nullopt);
  tree.write("sys/fs/cgroup/service/cpu.max", "max 100000\n");
  CHECK(tree.quota() == std::nullopt);
  tree.write("sys/fs/cgroup/service/cpu.max", "150000 100000\n");
  CHECK(tree.quota() == 1.5);
  tree.write("sys/fs/cgroup/service/cpu.max", "10000 20000\n");
  CHECK(tree.quota() == 0.5);
}

TEST_CASE("version 2: the smallest quota of the enclosing groups, and no group beside them") {
  const Tree tree(kVersion2, "0::/a/b/c\n");
  tree.write("sys/fs/cgroup/a/b/c/cpu.max", "400000 100000\n");
  tree.write("sys/fs/cgroup/a/b/other/cpu.max", "100000 100000\n");
  CHECK(tree.quota() == 4);
  tree.write("sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
  tree.write("sys/fs/cgroup/a/cpu.max", "300000 100000\n");
  CHECK(tree.quota() == 3);
  tree.write("sys/fs/cgroup/cpu.max", "200000 100000\n");
  CHECK(tree.quota() == 2);
}

TEST_CASE("version 2: in a container with its own group mounted as the root") {
  for (const std::string group : {"/", "/../../outside", ""}) {
    const Tree tree(kVersion2, "0::" + group + "\n");
    tree.write("sys/fs/cgroup/cpu.max", "50000 100000\n");
    tree.write("sys/outside/cpu.max", "10000 100000\n");
    CHECK_MESSAGE(tree.quota() == 0.5, group);
  }
}

const std::string kVersion1 =
    "33 1 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
    "32 1 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct\n"
    "41 1 0:37 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n";

TEST_CASE("version 1: quota and period of the process's group under the controller cpu") {
  const Tree tree(kVersion1, "9:memory:/elsewhere\n4:cpu,cpuacct:/service/one\n0::/\n");
  tree.write("sys/fs/cgroup/cpu,cpuacct/service/one/cpu.cfs_quota_us", "-1\n");
  tree.write("sys/fs/cgroup/cpu,cpuacct/service/one/cpu.cfs_period_us", "100000\n");
  CHECK(tree.quota() == std::nullopt);
  tree.write("sys/fs/cgroup/cpu,cpuacct/service/one/cpu.cfs_quota_us", "250000\n");
  CHECK(tree.quota() == 2.5);
  tree.write("sys/fs/cgroup/cpu,cpuacct/service/cpu.cfs_quota_us", "100000\n");
  tree.write("sys/fs/cgroup/cpu,cpuacct/service/cpu.cfs_period_us", "50000\n");
  CHECK(tree.quota() == 2);
}

TEST_CASE("version 1: in a container with the group of the process mounted") {
  const Tree tree("32 1 0:29 /docker/12ab /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu\n",
                  "1:cpu:/docker/12ab/inner\n");
  tree.write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "150000\n");
  tree.write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  CHECK(tree.quota() == 1.5);
  tree.write("sys/fs/cgroup/cpu/inner/cpu.cfs_quota_us", "50000\n");
  tree.write("sys/fs/cgroup/cpu/inner/cpu.cfs_period_us", "100000\n");
  CHECK(tree.quota() == 0.5);
  tree.write("proc/self/cgroup", "1:cpu:/docker/12abc\n");  // another group with a name that begins alike
  CHECK(tree.quota() == 1.5);
}

TEST_CASE("a folder name with characters that the kernel writes in octal") {
  const Tree tree("25 1 0:23 / /my\\040own\\134\\011groups rw - cgroup2 cgroup2 rw\n", "0::/a b\n");
  tree.write("my own\\\tgroups/a b/cpu.max", "300000 100000\n");
  CHECK(tree.quota() == 3);
}

TEST_CASE("missing, empty and unusual files set no limit") {
  CHECK(quotaOfGroups("/nowhere") == std::nullopt);
  CHECK(Tree("", "").quota() == std::nullopt);
  CHECK(Tree("\n \n1 2 3\n - \n1 2 3 4 5 - cgroup2\n", "0::/\n").quota() == std::nullopt);
  for (const std::string groups : {"", "0", "0:", "0::", "0::a", "::", "\n\n0::/\n"})
    for (const std::string limit : {"", "max", "0 100000", "-5 100000", "100000", "100000 0", "nan 1", "x y", "\n"}) {
      const Tree tree(kVersion2, groups);
      tree.write("sys/fs/cgroup/cpu.max", limit);
      CHECK_MESSAGE(tree.quota() == std::nullopt, (groups + " " + limit));
    }
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
