// Prints the cost of a barrier of the core's team, in ns, the least of several rounds. Argument: number of members.
// With more members than processors, it is mostly the system's time to switch between threads.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "parallel/team.h"
#include "parallel/threads.h"

int main(int, char** arguments) {
  using namespace glissade;
  constexpr int kRounds = 9, kBarriers = 20'000;
  using Clock = std::chrono::steady_clock;
  Threads threads;
  const size_t members = threads.grow(std::strtoul(arguments[1], nullptr, 10));
  double least = 1e18;
  for (int round = 0; round < kRounds; ++round) {
    threads.run(members, [&](const Member& member) {
      member.barrier();
      const auto begin = Clock::now();
      for (int i = 0; i < kBarriers; ++i) member.barrier();
      const std::chrono::duration<double, std::nano> taken = Clock::now() - begin;
      if (member.isFirst()) least = std::min(least, taken.count() / kBarriers);
    });
  }
  std::printf("%.1f\n", least);
}
