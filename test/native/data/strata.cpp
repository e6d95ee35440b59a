#include "data/strata.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "data/sampler.h"
#include "error.h"

namespace glissade {
namespace {

Dataset ofClasses(const std::vector<float>& classes) {
  Dataset data;
  data.inputs.emplace_back(std::make_shared<Table>(copyTable(Format::float32, classes.data(), classes.size(), 1, 1)));
  data.targets = data.inputs.front().table;
  return data;
}

/// Rows of up to six classes, drawn with very different frequencies.
Dataset drawnClasses(size_t rows, Random& random) {
  const uint32_t classes = 1 + random.below(6);
  std::vector<float> list(rows);
  for (float& one : list) one = float(std::min(random.below(classes), random.below(classes)));
  return ofClasses(list);
}

std::string failureOf(const Dataset& data) {
  try {
    strataOf(data);
  } catch (const Error& error) {
    return std::string(error.code()) + ": " + error.what();
  }
  return "none";
}

/// Checks that the rows in `part` have each class in its proportion, rounded down or up.
void checkProportions(const Strata& strata, const std::vector<uint32_t>& part) {
  const size_t rows = strata.of.size();
  std::vector<size_t> counts(strata.sizes.size());
  for (const uint32_t row : part) ++counts[strata.of[row]];
  for (size_t k = 0; k < counts.size(); ++k) {
    CHECK(counts[k] >= part.size() * strata.sizes[k] / rows);
    CHECK(counts[k] <= (part.size() * strata.sizes[k] + rows - 1) / rows);
  }
}

TEST_SUITE_BEGIN("data");

TEST_CASE("strata are the classes of the selected rows, in ascending order") {
  const Dataset data = ofClasses({5, -1, 5, 0, -1, 5, 7});
  const Strata strata = strataOf(data);
  CHECK(strata.of == std::vector<uint32_t>{2, 0, 2, 1, 0, 2, 3});
  CHECK(strata.sizes == std::vector<size_t>{2, 1, 3, 1});
  const Strata some = strataOf(data.select({0, 3, 0}));
  CHECK(some.of == std::vector<uint32_t>{1, 0, 1});
  CHECK(some.sizes == std::vector<size_t>{1, 2});
}

TEST_CASE("targets that are not classes have no strata") {
  CHECK(failureOf(ofClasses({0, 0.5f})).find("targets[1] is 0.5") != std::string::npos);
  Dataset data = ofClasses({0, 1});
  data.targets = nullptr;
  CHECK(failureOf(data).find("there are none") != std::string::npos);
  const float two[] = {0, 1, 1, 0};
  data.targets = std::make_shared<Table>(copyTable(Format::float32, two, 2, 2, 1));
  CHECK(failureOf(data).find("not 2 columns") != std::string::npos);
  CHECK(failureOf(data).starts_with("ERR_INVALID_ARGUMENT"));
}

TEST_CASE("each minibatch has the classes in proportion, and each row occurs once, for all sizes") {
  Random random(5, Draw::weights, 0);
  for (int trial = 0; trial < 3000; ++trial) {
    const size_t rows = 1 + random.below(trial < 2000 ? 24 : 200), batchSize = 1 + random.below(uint32_t(rows) + 3);
    CAPTURE(rows);
    CAPTURE(batchSize);
    const Dataset data = drawnClasses(rows, random);
    const Strata strata = strataOf(data);
    Sampler sampler(data, Sampler::Order::stratified, uint64_t(trial), batchSize);
    sampler.startEpoch(random.below(5));
    std::vector<uint32_t> order(sampler.rows(), sampler.rows() + rows);
    for (size_t begin = 0; begin < rows; begin += batchSize)
      checkProportions(strata, {order.begin() + long(begin), order.begin() + long(std::min(begin + batchSize, rows))});
    std::sort(order.begin(), order.end());
    for (uint32_t i = 0; i < rows; ++i) REQUIRE(order[i] == i);
  }
}

TEST_CASE("a row occurs in each minibatch about equally often") {
  std::vector<float> classes(30);
  for (size_t i = 0; i < 30; ++i) classes[i] = i < 7 ? 1 : 0;
  Sampler sampler(ofClasses(classes), Sampler::Order::stratified, 1, 8);
  std::vector<size_t> counts(30 * 4);
  constexpr size_t kEpochs = 8000;
  for (size_t epoch = 0; epoch < kEpochs; ++epoch) {
    sampler.startEpoch(epoch);
    for (size_t i = 0; i < 30; ++i) ++counts[sampler.rows()[i] * 4 + i / 8];
  }
  // In epochs in which a row is not in the last minibatch, it is in each full one equally often.
  for (size_t row = 0; row < 30; ++row)
    for (size_t batch = 0; batch < 3; ++batch) {
      const double expected = double(kEpochs - counts[row * 4 + 3]) / 3;
      CHECK(std::abs(double(counts[row * 4 + batch]) - expected) < 6 * std::sqrt(expected));
    }
}

/// For each row, χ² of its counts in the minibatches, which are expected in proportion to the minibatch's size.
/// Counts are over `epochs` epochs of each of `seeds` seeds.
std::vector<double> chiSquares(const std::vector<float>& classes, size_t batchSize, uint64_t seeds, uint64_t epochs) {
  const size_t rows = classes.size(), batches = (rows + batchSize - 1) / batchSize;
  std::vector<double> counts(rows * batches), result(rows);
  for (uint64_t seed = 0; seed < seeds; ++seed) {
    Sampler sampler(ofClasses(classes), Sampler::Order::stratified, seed, batchSize);
    for (uint64_t epoch = 0; epoch < epochs; ++epoch) {
      sampler.startEpoch(epoch);
      for (size_t i = 0; i < rows; ++i) ++counts[sampler.rows()[i] * batches + i / batchSize];
    }
  }
  for (size_t row = 0; row < rows; ++row)
    for (size_t batch = 0; batch < batches; ++batch) {
      const size_t size = std::min(batchSize, rows - batch * batchSize);
      const double expected = double(seeds * epochs) * double(size) / double(rows);
      result[row] += std::pow(counts[row * batches + batch] - expected, 2) / expected;
    }
  return result;
}

TEST_CASE("a row occurs in each minibatch in proportion to its size, whatever the class") {
  // In the first list, class 2 has one row: a minibatch of 4, and the last one of 3, can be without it.
  const std::vector<std::vector<float>> lists{
      {0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2}, {3, 1, 1, 0, 2, 2, 2}, {0, 1, 2, 3, 4, 5, 6, 7, 8}, {0, 0, 0, 0, 0, 0, 0, 1}};
  for (const std::vector<float>& classes : lists)
    for (const size_t batchSize : {2, 4, 5})
      for (const uint64_t seeds : {1, 4000}) {
        CAPTURE(classes.size());
        CAPTURE(batchSize);
        CAPTURE(seeds);
        const size_t degrees = (classes.size() + batchSize - 1) / batchSize - 1;
        const double most =
            double(degrees) + 4.5 * std::sqrt(2 * double(degrees)) + 9;  // above all quantiles up to 1 - 1e-5
        for (const double found : chiSquares(classes, batchSize, seeds, 4000 / seeds)) CHECK(found < most);
      }
}

TEST_CASE("the same seed and epoch give the same rounding") {
  const Dataset data = ofClasses({0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2});
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Sampler one(data, Sampler::Order::stratified, seed, 4), other(data, Sampler::Order::stratified, seed, 4);
    other.startEpoch(7);
    for (const uint64_t epoch : {3, 0}) {
      one.startEpoch(epoch);
      other.startEpoch(epoch);
      CHECK(std::equal(one.rows(), one.rows() + one.size(), other.rows()));
    }
  }
}

TEST_CASE("rows drawn by class have each class in its proportion") {
  Random random(6, Draw::weights, 0);
  for (int trial = 0; trial < 500; ++trial) {
    const size_t rows = 1 + random.below(100), count = random.below(uint32_t(rows) + 1);
    const Strata strata = strataOf(drawnClasses(rows, random));
    std::vector<uint32_t> drawn = drawStratified(strata, count, Random(uint64_t(trial), Draw::split, 0));
    CHECK(drawn.size() == count);
    checkProportions(strata, drawn);
    CHECK(drawn == drawStratified(strata, count, Random(uint64_t(trial), Draw::split, 0)));
    std::sort(drawn.begin(), drawn.end());
    CHECK(std::adjacent_find(drawn.begin(), drawn.end()) == drawn.end());
  }
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
