#include "models/ownership.h"

#include <doctest/doctest.h>

#include <vector>

namespace glissade {
namespace {

/// 784-128-10 with a convolution's matrix before it.
ParameterMatrices example() {
  ParameterMatrices matrices;
  matrices.add({0, 0, 0, 10, 32, 196, false, 0});
  matrices.add({1, 0, 320, 785, 128, 1, false, 0});
  matrices.add({2, 0, 100'800, 129, 10, 1, false, 0});
  return matrices;
}

/// The number of visits of each row of each matrix, and the cost of each member's rows.
struct Visits {
  std::vector<std::vector<int>> times;
  std::vector<size_t> costs;
};

Visits visitsOf(const ParameterMatrices& matrices, const Ownership& ownership, size_t members) {
  Visits visits{{}, std::vector<size_t>(members)};
  for (size_t i = 0; i < matrices.count(); ++i) visits.times.emplace_back(matrices[i].rows);
  for (size_t m = 0; m < members; ++m)
    ownership.forEachBlock(Member(m, members), [&](size_t matrix, const Range& rows) {
      CHECK(rows.end - rows.begin <= matrices[matrix].blockRows());
      for (size_t row = rows.begin; row < rows.end; ++row) ++visits.times[matrix][row];
      visits.costs[m] += (rows.end - rows.begin) * matrices[matrix].rowCost();
    });
  return visits;
}

}  // namespace

TEST_CASE("each row belongs to one member of a team of any size") {
  const ParameterMatrices matrices = example();
  for (const size_t grain : {0, 32, 128})
    for (size_t members = 1; members <= 70; ++members) {
      CAPTURE(grain);
      CAPTURE(members);
      Ownership ownership(matrices);
      ownership.divide(1, grain);
      const Visits visits = visitsOf(matrices, ownership, members);
      for (const std::vector<int>& times : visits.times)
        for (const int count : times) CHECK(count == 1);
      for (size_t m = 0; grain > 0 && m < members; ++m) {
        const auto [rows, first] = ownership.ownedRows(1, Member(m, members));
        CHECK((rows.begin % grain == 0 || rows.begin == 785));
        CHECK((rows.end % grain == 0 || rows.end == 785));
        if (rows.begin < rows.end) CHECK((rows.begin == 0) == (rows.end == first));
      }
    }
}

TEST_CASE("matrices that are divided together balance those divided by coarse grains") {
  ParameterMatrices matrices;
  matrices.add({0, 0, 0, 785, 128, 1, false, 0});
  matrices.add({1, 0, 100'480, 129, 256, 1, false, 0});
  for (const size_t members : {2, 3}) {
    CAPTURE(members);
    Ownership ownership(matrices);
    ownership.divide(0, 128);
    const std::vector<size_t> costs = visitsOf(matrices, ownership, members).costs;
    const auto [least, most] = std::minmax_element(costs.begin(), costs.end());
    CHECK(double(*most) / double(*least) < 1.03);  // 1.04 and 1.07 without
  }
}

TEST_CASE("an omitted matrix has no owner") {
  const ParameterMatrices matrices = example();
  Ownership ownership(matrices);
  ownership.leaveOut(1);
  ownership.divide(1, 128);
  const Visits visits = visitsOf(matrices, ownership, 3);
  for (const int count : visits.times[1]) CHECK(count == 0);
  for (const int count : visits.times[2]) CHECK(count == 1);
}

}  // namespace glissade
