#include "data/random.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "data/sampler.h"

namespace glissade {
namespace {

/// Pearson's χ² of cells with equal expected counts: about the number of cells.
double chiSquare(const std::vector<size_t>& counts, double expected) {
  double sum = 0;
  for (const size_t count : counts) sum += (double(count) - expected) * (double(count) - expected) / expected;
  return sum;
}

TEST_SUITE_BEGIN("data");

TEST_CASE("the generator is SplitMix64") {
  // The state is mixed from seed and stream, and can't be set. So outputs are converted back to states, which
  // must be a Weyl sequence with the increment of the reference implementation (Vigna 2015).
  Random random(1, Draw::weights, 2);
  const auto unmix = [](uint64_t z) {
    z = (z ^ (z >> 31) ^ (z >> 62)) * 0x319642b2d24d8ec3;
    z = (z ^ (z >> 27) ^ (z >> 54)) * 0x96de1b173f119089;
    return z ^ (z >> 30) ^ (z >> 60);
  };
  uint64_t state = unmix(random.next());
  for (int i = 0; i < 100; ++i) {
    const uint64_t next = unmix(random.next());
    CHECK(next - state == 0x9e3779b97f4a7c15);
    state = next;
  }
}

TEST_CASE("equal seeds, uses and streams draw equal numbers, others do not") {
  Random a(7, Draw::weights, 3), b(7, Draw::weights, 3), otherSeed(8, Draw::weights, 3),
      otherStream(7, Draw::weights, 4), otherUse(7, Draw::order, 3);
  int same = 0;
  for (int i = 0; i < 1000; ++i) {
    const uint64_t drawn = a.next();
    CHECK(drawn == b.next());
    same += drawn == otherSeed.next() || drawn == otherStream.next() || drawn == otherUse.next();
  }
  CHECK(same == 0);
}

TEST_CASE("uniform numbers are at least 0, below 1 and evenly spread") {
  Random random(11, Draw::weights, 0);
  std::vector<size_t> counts(64);
  for (int i = 0; i < 64'000; ++i) {
    const double x = random.uniform();
    REQUIRE(x >= 0);
    REQUIRE(x < 1);
    ++counts[size_t(x * 64)];
  }
  CHECK(chiSquare(counts, 1000) < 130);  // 63 degrees of freedom: mean 63, deviation 11
}

TEST_CASE("below draws every number equally often") {
  for (const uint32_t n : {1u, 2u, 3u, 10u, 100u}) {
    CAPTURE(n);
    Random random(n, Draw::weights, 5);
    std::vector<size_t> counts(n);
    for (uint32_t i = 0; i < 1000 * n; ++i) {
      const uint32_t drawn = random.below(n);
      REQUIRE(drawn < n);
      ++counts[drawn];
    }
    CHECK(chiSquare(counts, 1000) < n + 6 * std::sqrt(2.0 * n));
  }
}

TEST_CASE("below is unbiased if n does not divide 2^32") {
  // n = 3·2^30: remainders of the division by n would draw the first third twice as often as the rest.
  constexpr uint32_t n = 3u << 30;
  Random random(13, Draw::weights, 0);
  std::vector<size_t> counts(3);
  for (int i = 0; i < 30'000; ++i) ++counts[random.below(n) >> 30];
  CHECK(chiSquare(counts, 10'000) < 14);
  CHECK(Random(1, Draw::weights, 1).below(0xffffffff) < 0xffffffff);
}

TEST_CASE("permute fills a permutation") {
  for (const size_t size : {0, 1, 2, 3, 10, 1000}) {
    CAPTURE(size);
    std::vector<uint32_t> order(size, 77);
    permute(order, Random(42, Draw::order, 0));
    std::vector<bool> seen(size);
    for (const uint32_t i : order) {
      REQUIRE(i < size);
      REQUIRE_FALSE(seen[i]);
      seen[i] = true;
    }
  }
}

TEST_CASE("a permutation depends on seed and stream alone") {
  const auto permutation = [](uint64_t seed, uint64_t stream, uint32_t before) {
    std::vector<uint32_t> order(100, before);
    permute(order, Random(seed, Draw::order, stream));
    return order;
  };
  const auto first = permutation(1, 2, 0);
  CHECK(permutation(1, 2, 55) == first);
  CHECK(permutation(1, 3, 0) != first);
  CHECK(permutation(2, 2, 0) != first);
  CHECK(permutation(2, 1, 0) != first);
}

TEST_CASE("all permutations of four are equally likely") {
  std::vector<size_t> counts(256);
  for (uint64_t stream = 0; stream < 24'000; ++stream) {
    std::vector<uint32_t> order(4);
    permute(order, Random(9, Draw::order, stream));
    ++counts[order[0] * 64 + order[1] * 16 + order[2] * 4 + order[3]];
  }
  std::erase(counts, 0u);
  CHECK(counts.size() == 24);
  CHECK(chiSquare(counts, 1000) < 60);  // 23 degrees of freedom: mean 23, deviation 7
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
