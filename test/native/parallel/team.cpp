#include "parallel/team.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <ctime>
#include <thread>
#include <vector>

#include "on_team.h"

namespace glissade {
namespace {

TEST_SUITE_BEGIN("parallel");

/// Of the calling thread, in ms.
double processorTime() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return 1e3 * static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_nsec);
}

TEST_CASE("shares follow each other and cover all items, in whole grains") {
  for (const size_t items : {0, 1, 2, 63, 64, 65, 1000})
    for (const size_t grain : {1, 16, 64})
      for (const size_t members : {1, 2, 3, 7, 100}) {
        CAPTURE(items);
        CAPTURE(grain);
        CAPTURE(members);
        size_t end = 0;
        for (size_t i = 0; i < members; ++i) {
          const Range share = Member(i, members).share(items, grain);
          CHECK(share.begin == end);
          CHECK(share.begin <= share.end);
          const bool wholeGrains = share.end % grain == 0 || share.end == items;
          CHECK(wholeGrains);
          end = share.end;
        }
        CHECK(end == items);
      }
}

TEST_CASE("shares differ by one grain at most") {
  for (size_t i = 0; i < 7; ++i) {
    const Range share = Member(i, 7).share(100 * 64, 64);
    const size_t units = (share.end - share.begin) / 64;
    CHECK(units >= 14);
    CHECK(units <= 15);
  }
}

TEST_CASE("a team has the requested number of members, each with its index") {
  for (const size_t members : {1, 2, 3, 5, 2, 1}) {
    CAPTURE(members);
    std::vector<int> seen(members, 0);
    std::vector<size_t> counts(members, 0);
    onTeam(members, [&](const Member& member) {
      ++seen[member.index()];
      counts[member.index()] = member.count();
    });
    for (size_t i = 0; i < members; ++i) {
      CHECK(seen[i] == 1);
      CHECK(counts[i] == members);
    }
  }
}

TEST_CASE("past a barrier every member sees what all wrote before it") {
  constexpr size_t kMembers = 3;
  std::vector<int> written(kMembers, 0), misread(kMembers, 0);
  onTeam(kMembers, [&](const Member& member) {
    for (int round = 1; round <= 200; ++round) {
      written[member.index()] = round;
      member.barrier();
      for (const int value : written) misread[member.index()] += value != round;
      member.barrier();
    }
  });
  for (const int misreadings : misread) CHECK(misreadings == 0);
}

TEST_CASE("a single member does not wait, even within a team") {
  std::vector<int> rounds(3, 0);
  onTeam(3, [&](const Member& member) {
    const Member alone(0, 1);
    for (size_t i = 0; i <= member.index(); ++i) {
      alone.barrier();
      ++rounds[member.index()];
    }
    member.barrier();
  });
  CHECK(rounds == std::vector<int>{1, 2, 3});
}

TEST_CASE("sleeping threads, inside a region and between regions, continue when the last one arrives") {
  using namespace std::chrono_literals;
  constexpr size_t kMembers = 3;
  Threads threads;
  REQUIRE(threads.grow(kMembers) == kMembers);
  std::vector<int> misread(kMembers, 0);
  for (int region = 0; region < 6; ++region) {
    std::vector<int> written(kMembers, 0);
    threads.run(kMembers, [&](const Member& member) {
      for (int late = 0; late < static_cast<int>(kMembers); ++late) {
        if (member.index() == static_cast<size_t>(late)) std::this_thread::sleep_for(2ms);
        written[member.index()] = late;
        member.barrier();
        for (const int value : written) misread[member.index()] += value != late;
        member.barrier();
      }
      if (member.index() == static_cast<size_t>(region) % kMembers) std::this_thread::sleep_for(2ms);
    });
    std::this_thread::sleep_for(2ms);
  }
  CHECK(misread == std::vector<int>(kMembers, 0));
}

TEST_CASE("threads that wait long use no processor, inside a region and between regions") {
  using namespace std::chrono_literals;
  constexpr size_t kMembers = 3;
  Threads threads;
  REQUIRE(threads.grow(kMembers) == kMembers);
  std::vector<double> inside(kMembers), between(kMembers);  // in ms
  threads.run(kMembers, [&](const Member& member) {
    const double before = processorTime();
    if (member.isFirst()) std::this_thread::sleep_for(100ms);
    member.barrier();
    between[member.index()] = processorTime();
    inside[member.index()] = between[member.index()] - before;
  });
  std::this_thread::sleep_for(100ms);
  threads.run(kMembers,
              [&](const Member& member) { between[member.index()] = processorTime() - between[member.index()]; });
  for (const double time : inside) CHECK(time < 20);
  for (const double time : between) CHECK(time < 20);
}

TEST_CASE("members that wait for a working one are not counted as lacking a processor") {
  Team team;
  team.arrange(3, Priority::normal);
  double worked = 0;  // in ms, for all members
  for (int region = 0; region < 20; ++region)
    team.parallel([&](const Member& member) {
      if (member.isFirst()) {
        const double begin = processorTime();
        while (processorTime() < begin + 2)
          ;
        worked += (processorTime() - begin) * static_cast<double>(member.count());
      }
      member.barrier();
    });
  CHECK(1e3 * team.use().got > 0.9 * worked);
}

TEST_CASE("a region uses at most the members that it requests") {
  Team team;
  team.arrange(3, Priority::normal);
  for (const size_t most : {1, 2, 3, 9}) {
    std::atomic<size_t> members{0};
    team.parallel([&](const Member& member) { members += member.count() <= most ? 1 : 100; }, most);
    CHECK(members == std::min<size_t>(most, 3));
  }
  CHECK(team.use().wanted <= 3 * team.use().duration);
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
