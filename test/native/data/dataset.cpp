#include "data/dataset.h"

#include <doctest/doctest.h>

#include <cstring>

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

TEST_CASE("a table holds values of each format, times its scale") {
  const float floats[] = {1, 2, 3, 4, 5, 6};
  const double doubles[] = {1, 2, 3, 4, 5, 6};
  const uint8_t bytes[] = {1, 2, 3, 4, 5, 255};
  CHECK(copyTable(Format::float32, floats, 2, 3, 0.5).at(1, 0) == 2);
  CHECK(copyTable(Format::float64, doubles, 3, 2, -1).at(2, 1) == -6);
  CHECK(copyTable(Format::uint8, bytes, 2, 3, 1.0 / 255).at(1, 2) == 1);
  CHECK(copyTable(Format::float32, floats, 2, 3, 1).bytes() == 24);
  CHECK(copyTable(Format::float64, doubles, 2, 3, 1).bytes() == 48);
  CHECK(copyTable(Format::uint8, bytes, 2, 3, 1).bytes() == 6);
}

TEST_CASE("a copied table owns its values, aligned") {
  float values[] = {1, 2, 3, 4};
  const Table table = copyTable(Format::float32, values, 2, 2, 1);
  values[3] = 99;
  CHECK(table.at(1, 1) == 4);
  CHECK(reinterpret_cast<uintptr_t>(table.data.get()) % 64 == 0);
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

TEST_CASE("a selection of a selection counts in the numbers of the first") {
  const Dataset twice = counted(10).select({9, 7, 5, 3, 1}).select({0, 4, 2});
  CHECK(rowsOf(twice) == std::vector<uint32_t>{9, 1, 5});
  CHECK(rowsOf(twice.select({2, 1})) == std::vector<uint32_t>{5, 1});
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
