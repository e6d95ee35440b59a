#include "data/shards.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

using namespace glissade;

TEST_CASE("shards give their parts of each minibatch in proportion, in order, and are exhausted together") {
  const std::vector<std::vector<size_t>> all{
      {5}, {1, 1}, {25, 25, 25, 25}, {1, 402, 97}, {1000, 1, 1}, {3, 1, 4, 1, 5}, {size_t{1} << 33, size_t{1} << 31}};
  for (const auto& sizes : all)
    for (const size_t batchSize : {size_t{1}, size_t{2}, size_t{7}, size_t{64}, size_t{1} << 30}) {
      const size_t rows = Shards{sizes, 0}.rows();
      if (rows / batchSize > 2000) continue;
      std::vector<size_t> taken(sizes.size());
      for (size_t at = 0; at < rows; at += batchSize) {
        const size_t count = std::min(batchSize, rows - at);
        size_t first = 0;
        for (size_t rank = 0; rank < sizes.size(); ++rank) {
          const Shards::Part part = Shards{sizes, rank}.part(at, count);
          CHECK(part.begin == taken[rank]);
          CHECK(part.first == first);
          first += part.count;
          taken[rank] += part.count;
          const double share =
              static_cast<double>(at + count) * static_cast<double>(sizes[rank]) / static_cast<double>(rows);
          CHECK(std::abs(static_cast<double>(taken[rank]) - share) < 2);
        }
        CHECK(first == count);
      }
      CHECK(taken == sizes);
    }
}

TEST_CASE("rows of shards come in order of their places, (k + 1/2)/n") {
  const std::vector<size_t> sizes{4, 9, 1, 6};
  std::vector<std::pair<double, size_t>> places;
  for (size_t rank = 0; rank < sizes.size(); ++rank)
    for (size_t k = 0; k < sizes[rank]; ++k)
      places.emplace_back((static_cast<double>(k) + 0.5) / static_cast<double>(sizes[rank]), rank);
  std::sort(places.begin(), places.end());
  std::vector<size_t> expected(sizes.size());
  for (size_t count = 0; count < places.size(); ++expected[places[count++].second])
    CHECK(Shards{sizes, 0}.among(count) == expected);
}

TEST_CASE("rows between two places of all shards belong to shards that reach there") {
  const Shards shards{{3, 10, 7}, 0};
  CHECK(shards.rowsBetween(0, 4) == 11);
  CHECK(shards.rowsBetween(4, 8) == 7);
  CHECK(shards.rowsBetween(8, 12) == 2);
}
