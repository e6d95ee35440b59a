#include "data/sampler.h"

#include <doctest/doctest.h>

#include <algorithm>

namespace glissade {
namespace {

Dataset ofRows(size_t rows) {
  const std::vector<uint8_t> values(rows);
  Dataset data;
  data.inputs.emplace_back(std::make_shared<Table>(copyTable(Format::uint8, values.data(), rows, 1, 1)));
  return data;
}

std::vector<uint32_t> epoch(Sampler& sampler, uint64_t number) {
  sampler.startEpoch(number);
  return {sampler.rows(), sampler.rows() + sampler.size()};
}

TEST_SUITE_BEGIN("data");

TEST_CASE("a permuted epoch visits every row once") {
  Sampler sampler(ofRows(50), Sampler::Order::permuted, 3);
  CHECK(sampler.size() == 50);
  for (const uint64_t number : {0, 1, 2}) {
    std::vector<uint32_t> order = epoch(sampler, number);
    std::sort(order.begin(), order.end());
    for (uint32_t i = 0; i < 50; ++i) CHECK(order[i] == i);
  }
}

TEST_CASE("epochs differ from each other, and are the same whenever they are asked for") {
  Sampler sampler(ofRows(50), Sampler::Order::permuted, 3), again(ofRows(50), Sampler::Order::permuted, 3),
      otherSeed(ofRows(50), Sampler::Order::permuted, 4);
  const auto third = epoch(sampler, 3);
  CHECK(epoch(sampler, 4) != third);
  CHECK(epoch(sampler, 3) == third);
  CHECK(epoch(again, 3) == third);
  CHECK(epoch(otherSeed, 3) != third);
}

TEST_CASE("a sequential epoch visits rows in order") {
  Sampler sampler(ofRows(4), Sampler::Order::sequential, 3);
  CHECK(epoch(sampler, 0) == std::vector<uint32_t>{0, 1, 2, 3});
  CHECK(epoch(sampler, 1) == std::vector<uint32_t>{0, 1, 2, 3});
}

TEST_CASE("an epoch over a selection visits rows of the table") {
  const Dataset some = ofRows(20).select({19, 4, 11});
  Sampler sequential(some, Sampler::Order::sequential, 0), permuted(some, Sampler::Order::permuted, 0);
  CHECK(epoch(sequential, 0) == std::vector<uint32_t>{19, 4, 11});
  std::vector<uint32_t> order = epoch(permuted, 0);
  std::sort(order.begin(), order.end());
  CHECK(order == std::vector<uint32_t>{4, 11, 19});
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
