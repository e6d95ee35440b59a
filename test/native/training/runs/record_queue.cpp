// The queue of a run's step records, in isolation.
#include "training/runs/record_queue.h"

#include <doctest/doctest.h>

#include <vector>

namespace glissade {
namespace {

RunOptions optionsOf(bool scheduled) {
  return {.batchSize = 1, .epochs = 1, .seed = 1, .order = Sampler::Order::sequential, .scheduled = scheduled};
}

std::vector<double> firsts(const StepRecords& records) {
  std::vector<double> numbers;
  for (size_t i = 0; i < records.count; ++i) numbers.push_back(records[i][0]);
  return numbers;
}

TEST_SUITE_BEGIN("training");

TEST_CASE("one record serves all steps of a run without a schedule") {
  RecordQueue queue(optionsOf(false), 10, 2);
  CHECK_FALSE(queue.hasNext());
  queue.add({7, 70});
  for (int i = 0; i < 3; ++i) {
    CHECK(queue.hasNext());
    const StepRecords records = queue.next(4);
    CHECK(firsts(records) == std::vector<double>{7, 7, 7, 7});
    CHECK(records[3][1] == 70);
    queue.use(4);
  }
  CHECK_FALSE(queue.takeRequest());
}

TEST_CASE("records are used in order, and end with their chunk") {
  RecordQueue queue(optionsOf(true), 5, 2);
  queue.add({1, 10, 2, 20, 3, 30});
  queue.add({4, 40, 5, 50});
  CHECK(firsts(queue.next(2)) == std::vector<double>{1, 2});
  CHECK(firsts(queue.next(9)) == std::vector<double>{1, 2, 3});  // next() consumes none
  queue.use(2);
  CHECK(firsts(queue.next(9)) == std::vector<double>{3});
  queue.use(1);
  CHECK(queue.hasNext());
  CHECK(firsts(queue.next(9)) == std::vector<double>{4, 5});
  CHECK(queue.next(9)[1][1] == 50);
  queue.use(2);
  CHECK_FALSE(queue.hasNext());
}

TEST_CASE("more records are requested once, when the last chunk is started, until there are enough") {
  RecordQueue queue(optionsOf(true), 4, 1);
  queue.add({1, 2});
  queue.add({3});
  queue.next(1);
  CHECK_FALSE(queue.takeRequest());
  queue.use(2);
  queue.next(1);
  CHECK(queue.takeRequest());
  CHECK_FALSE(queue.takeRequest());
  queue.next(1);
  CHECK_FALSE(queue.takeRequest());  // no answer yet
  queue.add({4});
  queue.use(1);
  queue.next(1);
  CHECK_FALSE(queue.takeRequest());  // all four records have arrived
}

TEST_CASE("an epoch observed by schedules leaves no records, and ignores those made before its end") {
  RecordQueue queue(optionsOf(true), 9, 1);
  queue.add({1, 2, 3});
  queue.next(1);
  CHECK(queue.takeRequest());
  queue.use(1);
  queue.endEpoch();
  CHECK_FALSE(queue.hasNext());
  queue.add({4}, 0);
  CHECK_FALSE(queue.hasNext());
  queue.add({5, 6}, 1);
  CHECK(firsts(queue.next(9)) == std::vector<double>{5, 6});
  CHECK(queue.takeRequest());
}

TEST_CASE("an empty list of records adds none") {
  RecordQueue queue(optionsOf(true), 2, 1);
  queue.add({});
  CHECK_FALSE(queue.hasNext());
  queue.add({1});
  CHECK(firsts(queue.next(9)) == std::vector<double>{1});
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
