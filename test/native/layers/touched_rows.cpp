#include "layers/touched_rows.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <vector>

using namespace glissade;

namespace {

TouchedRows touched(const std::vector<uint32_t>& rows) {
  TouchedRows result;
  result.reserve(rows.size());
  result.clear(100);
  for (uint32_t i = 0; i < rows.size(); ++i) result.add(rows[i], {i, 1});
  result.finish();
  return result;
}

}  // namespace

TEST_CASE("rows touched by others are added without entries") {
  const std::vector<std::vector<uint32_t>> lists{{}, {0}, {99}, {5, 5, 7}, {3, 1, 3, 80}, {0, 1, 2, 3, 4, 5}};
  for (const auto& mine : lists)
    for (auto others : lists) {
      std::sort(others.begin(), others.end());
      others.erase(std::unique(others.begin(), others.end()), others.end());
      TouchedRows both = touched(mine);
      both.include(others);
      std::set<uint32_t> expected(mine.begin(), mine.end());
      expected.insert(others.begin(), others.end());
      CHECK(both.rows() == std::vector<uint32_t>(expected.begin(), expected.end()));
      for (size_t i = 0; i < both.rows().size(); ++i) {
        const auto entries = both.begins()[i + 1] - both.begins()[i];
        CHECK(entries == std::count(mine.begin(), mine.end(), both.rows()[i]));
        for (uint32_t at = both.begins()[i]; at < both.begins()[i + 1]; ++at)
          CHECK(mine[both.entries()[at].position] == both.rows()[i]);
      }
    }
}
