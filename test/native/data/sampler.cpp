#include "data/sampler.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "error.h"

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

/// Pearson's χ², over cells with an expected count other than 0.
double chiSquare(const std::vector<size_t>& counts, const std::vector<double>& expected) {
  double sum = 0;
  for (size_t i = 0; i < counts.size(); ++i)
    if (expected[i] > 0) sum += (double(counts[i]) - expected[i]) * (double(counts[i]) - expected[i]) / expected[i];
  return sum;
}

TEST_SUITE_BEGIN("data");

TEST_CASE("rows in order are the same in windows, stay valid for one more call, and keep replaced ones") {
  constexpr size_t kRows = 50'000;
  for (const bool isSelection : {false, true}) {
    Dataset data = ofRows(kRows);
    if (isSelection) {
      std::vector<uint32_t> rows(kRows - 7);
      for (uint32_t i = 0; i < rows.size(); ++i) rows[i] = kRows - 1 - i;
      data = data.select(rows);
    }
    Sampler all(data, Sampler::Order::sequential, 1);
    std::vector<uint32_t> expected = epoch(all, 0);
    Sampler windows(data, Sampler::Order::sequential, 1, 300, Sampler::kRowsOfBlock, Readahead::kWindow,
                    Sampler::Kept::window);
    REQUIRE(windows.size() == expected.size());
    for (const uint64_t number : {0, 1}) {
      windows.startEpoch(number);
      std::vector<uint32_t> order = expected;
      const uint32_t* before = nullptr;
      for (size_t at = 0, count = 0; at < order.size(); at += count) {
        const size_t beforeCount = count;
        count = std::min(1 + at % 300, order.size() - at);
        const uint32_t* const rows = windows.from(at, count);
        if (before) CHECK(std::equal(before, before + beforeCount, order.begin() + long(at - beforeCount)));
        CHECK(std::equal(rows, rows + count, order.begin() + long(at)));
        before = rows;
        if (at + count + 40 > order.size()) continue;
        std::rotate(order.begin() + long(at + count), order.begin() + long(at + count + 1),
                    order.begin() + long(at + count + 40));
        windows.replace(at + count, {order.begin() + long(at + count), order.begin() + long(at + count + 40)});
      }
    }
  }
}

TEST_CASE("a permuted epoch visits every row once") {
  Sampler sampler(ofRows(50), Sampler::Order::permuted, 3);
  CHECK(sampler.size() == 50);
  for (const uint64_t number : {0, 1, 2}) {
    std::vector<uint32_t> order = epoch(sampler, number);
    std::sort(order.begin(), order.end());
    for (uint32_t i = 0; i < 50; ++i) CHECK(order[i] == i);
  }
}

TEST_CASE("epochs differ from each other, and are the same on each request") {
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

TEST_CASE("with replacement, rows are drawn equally often") {
  Sampler sampler(ofRows(40), Sampler::Order::replacement, 3);
  std::vector<size_t> counts(40);
  for (uint64_t number = 0; number < 1000; ++number)
    for (const uint32_t row : epoch(sampler, number)) ++counts.at(row);
  CHECK(chiSquare(counts, std::vector<double>(40, 1000)) < 39 + 6 * std::sqrt(2.0 * 39));
  CHECK(epoch(sampler, 5) == epoch(sampler, 5));
  CHECK(epoch(sampler, 5) != epoch(sampler, 6));
}

TEST_CASE("by weight, rows are drawn in proportion, and those of weight 0 never") {
  const std::vector<float> weights = {0, 3, 1, 0, 0.5f, 2.5f, 0, 1, 0, 0};
  Dataset data = ofRows(10);
  data.weights = std::make_shared<Table>(copyTable(Format::float32, weights.data(), 10, 1, 1));
  Sampler sampler(data, Sampler::Order::weighted, 3);
  CHECK(sampler.drawsByWeight());
  CHECK_FALSE(Sampler(data, Sampler::Order::replacement, 3).drawsByWeight());
  CHECK(sampler.size() == 10);
  std::vector<size_t> counts(10);
  for (uint64_t number = 0; number < 4000; ++number)
    for (const uint32_t row : epoch(sampler, number)) ++counts.at(row);
  std::vector<double> expected;
  for (size_t i = 0; i < 10; ++i) {
    if (weights[i] == 0) CHECK(counts[i] == 0);
    expected.push_back(40'000 * double(weights[i]) / 8);
  }
  CHECK(chiSquare(counts, expected) < 30);  // 4 degrees of freedom
  CHECK(epoch(sampler, 5) == epoch(sampler, 5));

  const Dataset some = data.select({2, 1, 0});
  Sampler ofSome(some, Sampler::Order::weighted, 3);
  std::vector<size_t> ofEach(10);
  for (uint64_t number = 0; number < 4000; ++number)
    for (const uint32_t row : epoch(ofSome, number)) ++ofEach.at(row);
  CHECK(chiSquare({ofEach[1], ofEach[2]}, {9000, 3000}) < 20);
}

TEST_CASE("draws by weight end with the last row of positive weight") {
  const WeightedDraw draw({1, 1e-300, 0});
  Random random(1, Draw::order, 0);
  for (int i = 0; i < 1000; ++i) CHECK(draw.draw(random) < 2);
}

TEST_CASE("weights that cannot be drawn by are refused") {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const auto failureOf = [](const std::vector<double>& weights) -> std::string {
    try {
      const WeightedDraw draw(weights);
    } catch (const Error& error) {
      return std::string(error.code()) + ": " + error.what();
    }
    return "none";
  };
  CHECK(failureOf({0, 1}) == "none");
  CHECK(failureOf({0, 0}) == "ERR_OUT_OF_RANGE: the weights sum to zero");
  CHECK(failureOf({1e308, 1e308}) == "ERR_OUT_OF_RANGE: the weights sum to infinity");
  CHECK(failureOf({1, -1}).starts_with("ERR_OUT_OF_RANGE: weights[1] is -1"));
  CHECK(failureOf({kInfinity}).starts_with("ERR_OUT_OF_RANGE: weights[0] is inf"));
  CHECK_THROWS_AS(Sampler(ofRows(3), Sampler::Order::weighted, 0), Error);
}

TEST_CASE("orders have names") {
  CHECK(orderNamed("permutation") == Sampler::Order::permuted);
  CHECK(orderNamed("sequential") == Sampler::Order::sequential);
  CHECK(orderNamed("replacement") == Sampler::Order::replacement);
  CHECK(orderNamed("weighted") == Sampler::Order::weighted);
  CHECK(orderNamed("stratified") == Sampler::Order::stratified);
  CHECK_THROWS_AS(orderNamed("random"), Error);
}

TEST_CASE("an epoch by blocks visits every row once, a window of blocks at a time") {
  constexpr size_t kRows = 100, kBlock = 8, kWindow = 24;  // bytes, which are rows here: three blocks
  Sampler sampler(ofRows(kRows), Sampler::Order::blocks, 3, 1, kBlock, kWindow);
  for (const uint64_t number : {0, 1}) {
    const std::vector<uint32_t> order = epoch(sampler, number);
    std::vector<uint32_t> sorted = order;
    std::sort(sorted.begin(), sorted.end());
    for (uint32_t i = 0; i < kRows; ++i) REQUIRE(sorted[i] == i);
    bool isInOrder = true, areBlocksInOrder = true;
    std::vector<uint32_t> blocks;  // of each window, sorted
    for (size_t at = 0; at < kRows;) {
      std::vector<uint32_t> window;
      for (size_t i = at; i < kRows && window.size() <= 3; ++i) {
        const uint32_t block = order[i] / kBlock;
        if (std::find(window.begin(), window.end(), block) == window.end()) window.push_back(block);
      }
      if (window.size() > 3) window.pop_back();
      size_t count = 0;
      for (const uint32_t block : window) count += block == kRows / kBlock ? kRows % kBlock : kBlock;
      for (size_t i = at; i < at + count; ++i)
        REQUIRE(std::find(window.begin(), window.end(), order[i] / kBlock) != window.end());
      isInOrder &= std::is_sorted(order.begin() + long(at), order.begin() + long(at + count));
      std::sort(window.begin(), window.end());
      for (const uint32_t block : window) {
        areBlocksInOrder &= blocks.empty() || blocks.back() < block;
        blocks.push_back(block);
      }
      at += count;
    }
    CHECK_FALSE(isInOrder);
    CHECK_FALSE(areBlocksInOrder);
    CHECK(blocks.size() == 13);
  }
}

TEST_CASE("the order by blocks depends on seed and epoch") {
  const auto newSampler = [](uint64_t seed) { return Sampler(ofRows(100), Sampler::Order::blocks, seed, 1, 8, 24); };
  Sampler sampler = newSampler(3), again = newSampler(3), other = newSampler(4);
  const auto third = epoch(sampler, 3);
  CHECK(epoch(sampler, 4) != third);
  CHECK(epoch(sampler, 3) == third);
  CHECK(epoch(again, 3) == third);
  CHECK(epoch(other, 3) != third);
}

TEST_CASE("rows in one window have any order with equal probabilities") {
  std::vector<size_t> counts(12);  // counts of row 0 at each place
  Sampler sampler(ofRows(12), Sampler::Order::blocks, 3, 1, 4, 12);
  constexpr size_t kEpochs = 6000;
  for (size_t i = 0; i < kEpochs; ++i) {
    const auto order = epoch(sampler, i);
    ++counts[size_t(std::find(order.begin(), order.end(), 0u) - order.begin())];
  }
  CHECK(chiSquare(counts, std::vector<double>(12, kEpochs / 12.0)) < 31.3);  // 11 degrees of freedom, p = 0.001
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
