#include "data/dataset.h"

#include <doctest/doctest.h>

#include "error.h"

namespace glissade {
namespace {

Dataset counted(size_t rows) {
  std::vector<float> values(rows);
  for (size_t i = 0; i < rows; ++i) values[i] = float(i);
  Dataset data;
  data.inputs.emplace_back(std::make_shared<Table>(copyTable(Format::float32, values.data(), rows, 1, 1)));
  return data;
}

std::vector<uint32_t> rowsOf(const Dataset& data) {
  std::vector<uint32_t> rows;
  for (size_t i = 0; i < data.rows(); ++i) rows.push_back(data.rowAt(i));
  return rows;
}

TEST_SUITE_BEGIN("data");

TEST_CASE("a dataset has blocks of columns of all kinds") {
  Dataset data = counted(2);
  CHECK(data.columns() == 1);
  CHECK(&data.dense() == data.inputs.front().table.get());
  data.inputs.emplace_back(
      std::make_shared<const CodeTable>(std::vector<uint32_t>{0, 1, 2, 0}, std::vector<uint32_t>{3, 2}), "codes");
  SparseBuilder builder(100);
  const double offsets[] = {0, 1, 1};
  const uint32_t indices[] = {42};
  builder.append(offsets, 2, indices, static_cast<const float*>(nullptr), 1);
  data.inputs.emplace_back(builder.build(), "words");
  CHECK(data.columns() == 103);
  for (const InputBlock& block : data.inputs) CHECK(block.rows() == 2);
  CHECK(data.inputs[1].name == "codes");
  CHECK(data.inputs[1].kind == InputBlock::Kind::categorical);
  CHECK(data.inputs[2].kind == InputBlock::Kind::sparse);
  CHECK_THROWS_AS(data.dense(), Error);
  CHECK(data.select({1, 1, 0}).rows() == 3);
  CHECK(data.select({1}).inputs[2].sparse == data.inputs[2].sparse);
}

TEST_CASE("inputs other than one dense block are not used as one") {
  Dataset data;
  data.inputs.emplace_back(std::make_shared<const CodeTable>(std::vector<uint32_t>{0}, std::vector<uint32_t>{3}),
                           "codes");
  CHECK_THROWS_AS(data.dense(), Error);
}

TEST_CASE("select picks rows, in order, with repetitions") {
  const Dataset data = counted(10);
  CHECK(rowsOf(data) == std::vector<uint32_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  const Dataset some = data.select({7, 2, 2, 9});
  CHECK(some.rows() == 4);
  CHECK(rowsOf(some) == std::vector<uint32_t>{7, 2, 2, 9});
  CHECK(some.inputs.front().table == data.inputs.front().table);
  CHECK(data.select({}).rows() == 0);
}

TEST_CASE("a selection of a selection uses the row numbers of the first") {
  const Dataset twice = counted(10).select({9, 7, 5, 3, 1}).select({0, 4, 2});
  CHECK(rowsOf(twice) == std::vector<uint32_t>{9, 1, 5});
  CHECK(rowsOf(twice.select({2, 1})) == std::vector<uint32_t>{5, 1});
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
