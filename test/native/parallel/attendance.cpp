#include "parallel/attendance.h"

#include <doctest/doctest.h>

namespace glissade {
namespace {

TEST_SUITE_BEGIN("parallel");

/// A tenth of a second of work in which the longest member gets `share` of a processor.
void work(Attendance& attendance, double share) {
  for (int i = 0; i < 100; ++i) attendance.observe(0.001, 0.001 * share, attendance.members());
}

TEST_CASE("a team that gets its processors stays complete") {
  Attendance attendance(4);
  for (int i = 0; i < 100; ++i) work(attendance, 0.95);
  CHECK(attendance.members() == 4);
}

TEST_CASE("a team that waits a lot shrinks to one member, but never to none") {
  Attendance attendance(4);
  work(attendance, 0.3);
  work(attendance, 0.3);
  CHECK(attendance.members() == 1);
  for (int i = 0; i < 100; ++i) work(attendance, 0.01);
  CHECK(attendance.members() >= 1);
  CHECK(attendance.members() <= 2);  // a second member is tried now and then
}

TEST_CASE("a little waiting does not shrink a team, and less than a window of work does not count") {
  Attendance attendance(2);
  work(attendance, 0.7);
  CHECK(attendance.members() == 2);
  attendance.observe(0.04, 0, 2);
  CHECK(attendance.members() == 2);
  attendance.observe(0.011, 0, 2);
  CHECK(attendance.members() == 1);
}

TEST_CASE("a large team with few working members shrinks below these few") {
  Attendance attendance(64);
  for (int i = 0; i < 60; ++i) attendance.observe(0.001, 0.0003, 8);
  CHECK(attendance.members() == 7);
}

TEST_CASE("a team grows again, one by one, when processors are free") {
  Attendance attendance(3);
  work(attendance, 0.1);
  REQUIRE(attendance.members() < 3);
  for (int i = 0; i < 20; ++i) work(attendance, 1);
  CHECK(attendance.members() == 3);
}

TEST_CASE("larger teams are tried ever more rarely while they fail") {
  Attendance attendance(2);
  int tried = 0;
  for (int second = 0; second < 60; ++second)
    for (int i = 0; i < 1000; ++i) {
      const size_t before = attendance.members();
      attendance.observe(0.001, 0.001 / static_cast<double>(before), before);  // one processor, whatever the team
      tried += attendance.members() > before;
    }
  CHECK(tried >= 60 / 4 - 2);
  CHECK(tried <= 60 / 4 + 6);
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
