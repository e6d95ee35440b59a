#include "data/codes.h"

#include <doctest/doctest.h>

#include "error.h"

namespace glissade {
namespace {

std::string failureOf(std::vector<uint32_t> codes, std::vector<uint32_t> cardinalities) {
  try {
    const CodeTable table(std::move(codes), std::move(cardinalities));
  } catch (const Error& error) {
    return std::string(error.code()) + ": " + error.what();
  }
  return "none";
}

TEST_SUITE_BEGIN("data");

TEST_CASE("a table of categories requires codes below the cardinalities of their columns") {
  const CodeTable table({0, 6, 1, 0, 1, 3}, {2, 7});
  CHECK(table.rows() == 3);
  CHECK(table.columns() == 2);
  CHECK(table.bytes() == 24);
  CHECK(table.at(2, 1) == 3);
  CHECK(failureOf({0, 6, 1, 7}, {2, 7}) == "ERR_OUT_OF_RANGE: row 1, column 1 is category 7, but the column has 7");
  CHECK(failureOf({0, 1, 1}, {2, 7}).starts_with("ERR_SHAPE"));
  CHECK(failureOf({}, {}).starts_with("ERR_SHAPE"));
}

TEST_CASE("a table shares the memory of checked codes") {
  const auto codes = std::make_shared<const std::vector<uint32_t>>(std::vector<uint32_t>{0, 6, 1, 0});
  const CodeTable table(std::shared_ptr<const uint32_t>(codes, codes->data()), 2, {2, 7});
  CHECK(table.codes.get() == codes->data());
  CHECK(table.rows() == 2);
  CHECK(table.bytes() == 16);
  CHECK(table.at(1, 0) == 1);
}

TEST_CASE("codes of listed rows are gathered, within a share") {
  const CodeTable table({0, 6, 1, 0, 1, 3}, {2, 7});
  const uint32_t rows[] = {2, 0, 2, 1};
  std::vector<uint32_t> out(8, 99);
  gatherCodes(table, rows, {1, 3}, out.data());
  CHECK(out == std::vector<uint32_t>{99, 99, 0, 6, 1, 3, 99, 99});
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
