#include "data/sparse.h"

#include <doctest/doctest.h>

#include <limits>
#include <map>
#include <tuple>

#include "data/random.h"
#include "error.h"

namespace glissade {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

struct Given {
  std::vector<double> offsets{0};
  std::vector<uint32_t> indices;
  std::vector<float> values;

  void row(const std::vector<std::pair<uint32_t, float>>& entries) {
    for (const auto& [column, value] : entries) {
      indices.push_back(column);
      values.push_back(value);
    }
    offsets.push_back(double(indices.size()));
  }
  size_t rows() const { return offsets.size() - 1; }
};

void append(SparseBuilder& builder, const Given& given, bool withValues = true) {
  builder.append(given.offsets.data(), given.rows(), given.indices.data(), withValues ? given.values.data() : nullptr,
                 given.indices.size());
}

template <typename Action>
std::string failureOf(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return std::string(error.code()) + ": " + error.what();
  }
  return "none";
}

std::string failureOf(SparseBuilder& builder, const Given& given) {
  return failureOf([&] { append(builder, given); });
}

std::map<uint32_t, float> contentOf(const SparseRow& row) {
  std::map<uint32_t, float> content;
  for (size_t k = 0; k < row.count; ++k) {
    CHECK((k == 0 || row.columns[k - 1] < row.columns[k]));
    content[row.columns[k]] = row.value(k);
  }
  CHECK(content.size() == row.count);
  return content;
}

TEST_SUITE_BEGIN("data");

TEST_CASE("sparse rows have sorted entries, with those of one column summed") {
  Given given;
  given.row({{5, 1.5f}, {2, 3}, {5, -4}});
  given.row({});
  given.row({{0, 2}, {9, 7}});
  SparseBuilder builder(10);
  append(builder, given);
  const auto table = builder.build();
  CHECK(table->rows == 3);
  CHECK(table->columns == 10);
  CHECK(table->entries() == 4);
  CHECK(table->largest == 7);
  CHECK(table->bytes() == 4 * 8 + 4 * 8);
  CHECK(contentOf(table->row(0)) == std::map<uint32_t, float>{{2, 3}, {5, -2.5}});
  CHECK(table->row(1).count == 0);
  CHECK(contentOf(table->row(2)) == std::map<uint32_t, float>{{0, 2}, {9, 7}});
}

TEST_CASE("random rows, appended in pieces, equal those of a map") {
  Random random(3, Draw::weights, 0);
  for (const uint32_t columns : {1u, 7u, 1000u, 0x7fffffffu}) {
    SparseBuilder builder(columns);
    std::vector<std::map<uint32_t, float>> expected;
    for (int piece = 0; piece < 20; ++piece) {
      const bool withValues = piece > 8 && random.below(2) == 0;
      Given given;
      for (uint32_t i = random.below(9); i > 0; --i) {
        std::vector<std::pair<uint32_t, float>> row;
        expected.emplace_back();
        for (uint32_t k = random.below(12); k > 0; --k) {
          const uint32_t column = random.below(columns);
          const float value = float(random.below(9)) / 4;
          row.emplace_back(column, value);
          expected.back()[column] += withValues ? value : 1;
        }
        given.row(row);
      }
      append(builder, given, withValues);
      CHECK(builder.rows() == expected.size());
    }
    const auto table = builder.build();
    REQUIRE(table->rows == expected.size());
    for (size_t i = 0; i < table->rows; ++i) CHECK(contentOf(table->row(i)) == expected[i]);
  }
}

TEST_CASE("values are stored from the first one other than 1 on") {
  SparseBuilder builder(4);
  Given ones;
  ones.row({{3, 1}, {1, 1}});
  append(builder, ones, false);
  append(builder, ones, true);
  const auto first = builder.build();
  CHECK_FALSE(first->values);
  CHECK(first->bytes() == 3 * 8 + 4 * 4);
  append(builder, ones, false);
  Given twice;
  twice.row({{2, 1}, {2, 1}});
  append(builder, twice, false);
  append(builder, ones, false);
  const auto second = builder.build();
  REQUIRE(second->values);
  CHECK(contentOf(second->row(0)) == std::map<uint32_t, float>{{1, 1}, {3, 1}});
  CHECK(contentOf(second->row(1)) == std::map<uint32_t, float>{{2, 2}});
  CHECK(contentOf(second->row(2)) == std::map<uint32_t, float>{{1, 1}, {3, 1}});
}

TEST_CASE("refused rows do not change a builder") {
  Given good, beyond, infinite;
  good.row({{1, 2}, {0, 3}});
  beyond.row({{0, 1}});
  beyond.row({{1, 1}, {4, 1}});
  infinite.row({{2, 1}, {3, 5}});
  infinite.row({{0, kInfinity}, {3, -kInfinity}});
  SparseBuilder builder(4);
  append(builder, good);
  CHECK(failureOf(builder, beyond) ==
        "ERR_OUT_OF_RANGE: Expected a column from 0 to 3 for row 2, entry 1 but received 4");
  CHECK(failureOf(builder, infinite) ==
        "ERR_NON_FINITE: values has 2 values that are not finite; the first is Infinity at row 2, column 0");
  Given down = good, far = good, half = good, before = good;
  down.offsets = {2, 0};
  far.offsets = {0, 3};
  half.offsets = {0, 1.5};
  before.offsets = {-1, 2};
  for (const Given& wrong : {down, far, half, before})
    CHECK(failureOf(builder, wrong) == "ERR_SHAPE: the offsets of row 1 do not ascend within the 2 entries");
  CHECK(builder.rows() == 1);
  CHECK(builder.entries() == 2);
  const auto table = builder.build();
  CHECK(table->largest == 3);
  CHECK(contentOf(table->row(0)) == std::map<uint32_t, float>{{0, 3}, {1, 2}});
}

TEST_CASE("more rows and entries than 32 bits can count are refused before any is read") {
  constexpr size_t kMost = UINT32_MAX;
  Given good;
  good.row({{1, 2}});
  SparseBuilder builder(4);
  append(builder, good);
  const float* const values = good.values.data();
  CHECK(failureOf([&] { builder.append(good.offsets.data(), kMost, good.indices.data(), values, 1); }) ==
        "ERR_OUT_OF_RANGE: there are more than 2^32 - 1 rows");
  SparseTable many{};
  many.rows = kMost;
  CHECK(failureOf([&] { builder.reserve(many); }) == "ERR_OUT_OF_RANGE: there are more than 2^32 - 1 rows");
  const double offsets[] = {0, kMost + 1.0};
  CHECK(failureOf([&] { builder.append(offsets, 1, good.indices.data(), values, kMost + 1); }) ==
        "ERR_OUT_OF_RANGE: a row has more than 2^32 - 1 entries");
  CHECK(builder.rows() == 1);
}

TEST_CASE("a sum that overflows float32 is not finite") {
  Given given;
  given.row({{1, 3e38f}, {1, 3e38f}});
  SparseBuilder builder(2);
  CHECK(failureOf(builder, given) ==
        "ERR_NON_FINITE: values has 1 value that is not finite; it is Infinity at row 0, column 1");
}

TEST_CASE("doubles are rounded to float32 after summing") {
  const double offsets[] = {0, 2}, values[] = {1, 0x1p-24};
  const uint32_t indices[] = {1, 1};
  SparseBuilder builder(2);
  builder.append(offsets, 1, indices, values, 2);
  const double more[] = {1 + 0x1p-24, 0x1p-25};
  builder.append(offsets, 1, indices, more, 2);
  const auto table = builder.build();
  CHECK(table->row(0).value(0) == 1);
  CHECK(table->row(1).value(0) == 1 + 0x1p-23f);
}

TEST_CASE("a builder starts empty after a build") {
  Given given;
  given.row({{1, 5}});
  SparseBuilder builder(3);
  append(builder, given);
  const auto first = builder.build();
  CHECK(builder.rows() == 0);
  CHECK(builder.build()->rows == 0);
  given.values[0] = 2;
  append(builder, given);
  const auto second = builder.build();
  CHECK(second->largest == 2);
  CHECK(first->row(0).value(0) == 5);
}

TEST_CASE("entries of listed rows are visited in order") {
  Given given;
  given.row({{1, 2}, {3, 4}});
  given.row({{0, 5}});
  SparseBuilder builder(4);
  append(builder, given);
  const auto table = builder.build();
  const uint32_t rows[] = {1, 0, 1};
  std::vector<std::tuple<size_t, uint32_t, float>> seen;
  forEachEntry(*table, rows, 3,
               [&](size_t i, uint32_t column, float value, float) { seen.emplace_back(i, column, value); });
  const std::vector<std::tuple<size_t, uint32_t, float>> expected{{0, 0, 5}, {1, 1, 2}, {1, 3, 4}, {2, 0, 5}};
  CHECK(seen == expected);
}

TEST_CASE("entries of one column are summed exactly, within the precision of doubles") {
  const float large = 16777216, small = 0x1p-20f;
  SparseBuilder builder(4);
  const double offsets[] = {0, 2, 6, 7};
  const uint32_t columns[] = {0, 1, 2, 1, 2, 2, 3};
  const float values[] = {1, 1, large, 5, small, 1, small};
  builder.append(offsets, 2, columns, values, 7);
  const double rest[] = {6, 7};
  builder.append(rest, 1, columns, values, 7);
  const auto table = builder.build();
  REQUIRE(table->entries() == 5);
  REQUIRE(table->rests);
  const SparseRow row = table->row(1);
  CHECK(row.columns[1] == 2);
  CHECK(double(row.value(1)) + double(row.rest(1)) == double(large) + double(small) + 1);
  CHECK(row.value(1) == float(double(large) + double(small) + 1));
  for (const size_t i : {0, 2}) CHECK(table->row(i).rest(0) == 0);
  CHECK(table->bytes() == 4 * 8 + 5 * 12);

  const float exact[] = {1, 1, 3, 5, 4, 1, 2};
  builder.append(offsets, 2, columns, exact, 7);
  CHECK_FALSE(builder.build()->rests);

  // A refused row leaves no remainders in the others.
  const uint32_t twice[] = {0, 0, 9};
  const double wrong[] = {0, 2, 3};
  builder.append(offsets, 1, columns, exact, 7);
  const float split[] = {large, small, 1};
  CHECK_THROWS_AS(builder.append(wrong, 2, twice, split, 3), Error);
  builder.append(wrong, 1, twice, split, 3);
  const auto last = builder.build();
  CHECK(last->row(0).rest(0) == 0);
  CHECK(double(last->row(1).value(0)) + double(last->row(1).rest(0)) == double(large) + double(small));
}

TEST_CASE("rows of tables are added to others, with values and remainders where there are any") {
  Given ones, values, sums;
  ones.row({{1, 1}, {3, 1}});
  ones.row({});
  values.row({{0, 2.5f}});
  sums.row({{2, 1}, {2, 1e-9f}});
  SparseBuilder whole(5), pieces(5);
  for (const Given* rows : {&ones, &values, &sums, &ones}) {
    append(whole, *rows);
    SparseBuilder one(5);
    append(one, *rows);
    const auto table = one.build();
    pieces.reserve(*table);
    pieces.append(*table);
  }
  const auto expected = whole.build(), built = pieces.build();
  REQUIRE(built->rows == expected->rows);
  REQUIRE(built->bytes() == expected->bytes());
  CHECK(built->largest == expected->largest);
  CHECK(built->longest == expected->longest);
  for (size_t i = 0; i < built->rows; ++i) {
    const SparseRow row = built->row(i), other = expected->row(i);
    REQUIRE(row.count == other.count);
    for (size_t k = 0; k < row.count; ++k) {
      CHECK(row.columns[k] == other.columns[k]);
      CHECK(row.value(k) == other.value(k));
      CHECK(row.rest(k) == other.rest(k));
    }
  }
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
