#include "data/dataset_builder.h"

#include <doctest/doctest.h>

#include <limits>
#include <memory>
#include <vector>

#include "data/fingerprint.h"
#include "error.h"

namespace glissade {
namespace {

std::shared_ptr<const SparseTable> sparseRows(size_t rows, size_t first) {
  SparseBuilder builder(7);
  for (size_t i = first; i < first + rows; ++i) {
    const double offsets[] = {0, 2};
    const uint32_t indices[] = {static_cast<uint32_t>(i % 3), static_cast<uint32_t>(4 + i % 3)};
    const float values[] = {1, 0.5f + float(i)};
    builder.append(offsets, 1, indices, values, 2);
  }
  return builder.build();
}

/// Rows [from, to) of the data of these tests.
struct Rows {
  std::vector<float> dense;
  std::vector<uint32_t> codes;
  std::vector<double> targets, weights;
  DatasetChunk chunk;

  Rows(size_t from, size_t to) {
    for (size_t i = from; i < to; ++i) {
      dense.insert(dense.end(), {float(i), -float(i) / 3});
      codes.insert(codes.end(), {uint32_t(i % 5), uint32_t(i % 2)});
      targets.push_back(double(i) / 7);
      weights.push_back(double(i + 1));
    }
    chunk = {
        to - from,
        {DenseChunk{Format::float32, dense.data()}, CodeChunk{codes.data()}, SparseChunk{sparseRows(to - from, from)}},
        DenseChunk{Format::float64, targets.data()},
        weights.data()};
  }
};

DatasetBuilder newBuilder() {
  std::vector<DatasetBuilder::Block> blocks;
  blocks.push_back({"dense", DenseColumns("dense", 2, 0.5)});
  blocks.push_back({"codes", CodeColumns("codes", {5, 2})});
  blocks.push_back({"sparse", SparseColumns(7)});
  return {std::move(blocks), 1, DatasetBuilder::Weights::given};
}

Dataset built(std::initializer_list<size_t> ends) {
  DatasetBuilder builder = newBuilder();
  for (const size_t end : ends) builder.append(Rows(builder.rows(), end).chunk, builder.rows());
  return builder.build();
}

std::string failureOf(DatasetBuilder& builder, const DatasetChunk& chunk) {
  try {
    builder.append(chunk, 100);
  } catch (const Error& error) {
    return std::string(error.code()) + ": " + error.what();
  }
  return "none";
}

TEST_SUITE_BEGIN("data");

TEST_CASE("a dataset collected in chunks equals that of all rows") {
  const Dataset whole = built({40}), pieces = built({1, 2, 17, 40});
  CHECK(fingerprintOf(pieces) == fingerprintOf(whole));
  CHECK(pieces.rows() == 40);
  CHECK(pieces.largest() == 0.5 * 39);
  CHECK(pieces.inputs[0].table->at(39, 1) == 0.5 * double(-39.0f / 3));
  CHECK(pieces.inputs[1].codes->at(38, 0) == 3);
  CHECK(pieces.inputs[2].sparse->row(38).value(1) == 38.5f);
  CHECK(pieces.targets->at(38, 0) == 38.0 / 7);
  CHECK(pieces.weightAt(38) == 39);
}

TEST_CASE("a builder is empty after a build, and then has the largest value of later rows alone") {
  DatasetBuilder builder = newBuilder();
  builder.append(Rows(0, 40).chunk, 0);
  CHECK(builder.bytes() > 40 * 2 * sizeof(float));
  const Dataset first = builder.build();
  CHECK(builder.rows() == 0);
  CHECK(builder.bytes() < 400);
  CHECK_THROWS_AS(builder.build(), Error);
  builder.append(Rows(0, 3).chunk, 0);
  const Dataset second = builder.build();
  CHECK(second.rows() == 3);
  CHECK(second.largest() == 1);
  CHECK(first.largest() == 0.5 * 39);
}

TEST_CASE("a dataset owns its memory: the builder keeps none of it") {
  DatasetBuilder builder = newBuilder();
  builder.append(Rows(0, 40).chunk, 0);
  std::vector<std::weak_ptr<const void>> memory;
  {
    const Dataset data = builder.build();
    const SparseTable& sparse = *data.inputs[2].sparse;
    memory = {data.inputs[0].table->data, data.inputs[1].codes->codes, sparse.offsets, sparse.indices, sparse.values,
              data.targets->data,         data.weights->data};
    for (const auto& one : memory) CHECK(!one.expired());
  }
  for (const auto& one : memory) CHECK(one.expired());
}

TEST_CASE("rows with a mistake add nothing") {
  DatasetBuilder builder = newBuilder();
  builder.append(Rows(0, 5).chunk, 0);

  Rows infinite(5, 9);
  infinite.dense[5] = std::numeric_limits<float>::infinity();
  CHECK(failureOf(builder, infinite.chunk) ==
        "ERR_NON_FINITE: dense has 1 value that is not finite; it is Infinity at row 102, column 1");
  Rows beyond(5, 9);
  beyond.codes[6] = 5;
  CHECK(failureOf(builder, beyond.chunk) ==
        "ERR_OUT_OF_RANGE: codes: row 103, column 0 is category 5, but the column has 5");
  Rows other(5, 9);
  other.chunk.targets->format = Format::float32;
  CHECK(failureOf(builder, other.chunk) ==
        "ERR_INVALID_ARGUMENT: targets has numbers in float32, but those of earlier rows are in float64");
  Rows without(5, 9);
  without.chunk.weights = nullptr;
  CHECK(failureOf(builder, without.chunk) == "ERR_SHAPE: the rows have other blocks than the builder");
  Rows many(5, 9);
  many.chunk.rows = UINT32_MAX - 4;
  CHECK(failureOf(builder, many.chunk) == "ERR_OUT_OF_RANGE: there are more than 2^32 - 1 rows");

  CHECK(builder.rows() == 5);
  builder.append(Rows(5, 9).chunk, 5);
  CHECK(fingerprintOf(builder.build()) == fingerprintOf(built({9})));
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
