#include "data/fingerprint.h"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace glissade {
namespace {

std::shared_ptr<const Table> column(std::vector<float> values, double scale = 1) {
  return std::make_shared<Table>(copyTable(Format::float32, values.data(), values.size(), 1, scale));
}

std::shared_ptr<const Table> bytes(std::vector<uint8_t> values) {
  return std::make_shared<Table>(copyTable(Format::uint8, values.data(), values.size(), 1, 1));
}

std::shared_ptr<const CodeTable> codes(std::vector<uint32_t> values) {
  return std::make_shared<const CodeTable>(std::move(values), std::vector<uint32_t>{5});
}

std::shared_ptr<const SparseTable> words(uint32_t first, float value) {
  SparseBuilder builder(100);
  const double offsets[] = {0, 1, 1, 1, 2};
  const uint32_t indices[] = {first, 9};
  const float values[] = {value, 1};
  builder.append(offsets, 4, indices, values, 2);
  return builder.build();
}

/// Four rows of all kinds of blocks.
Dataset mixed() {
  Dataset data;
  data.inputs = {
      {column({1, 2, 3, 4}), "x"}, {column({5, 6, 7, 8}), "y"}, {codes({0, 1, 2, 3}), "codes"}, {words(3, 1), "words"}};
  data.targets = column({0, 1, 0, 1});
  data.weights = column({1, 1, 1, 2});
  return data;
}

TEST_SUITE_BEGIN("data");

TEST_CASE("the fingerprint of a dataset is that of a copy, and differs from that of others") {
  const std::vector<std::function<void(Dataset&)>> changes = {
      [](Dataset& data) {
        data.inputs[0].table = column({1, 2, 3, 5});
      },
      [](Dataset& data) {
        data.inputs[0].table = column({1, 2, 3, 4}, 2);
      },
      [](Dataset& data) {
        data.inputs[0].table = bytes({1, 2, 3, 4});
      },
      [](Dataset& data) { data.inputs[0].name = "z"; },
      [](Dataset& data) {
        data.inputs[1].table = column({5, 6, 7, 9});
      },
      [](Dataset& data) {
        data.inputs[1].table = column({5, 6, 7, 8}, 2);
      },
      [](Dataset& data) {
        data.inputs[2].codes = codes({0, 1, 2, 4});
      },
      [](Dataset& data) { data.inputs[3].sparse = words(4, 1); },
      [](Dataset& data) { data.inputs[3].sparse = words(3, 2); },
      [](Dataset& data) {
        data.targets = column({0, 1, 0, 0});
      },
      [](Dataset& data) { data.targets = nullptr; },
      [](Dataset& data) {
        data.weights = column({1, 1, 1, 1});
      },
      [](Dataset& data) { data.weights = nullptr; },
      [](Dataset& data) {
        data = data.select({0, 1, 2});
      },
      [](Dataset& data) {
        data = data.select({0, 1, 3, 2});
      },
      [](Dataset& data) { std::swap(data.inputs[0], data.inputs[1]); },
  };
  CHECK(fingerprintOf(mixed()) == fingerprintOf(mixed()));
  CHECK(fingerprintOf(mixed().select({0, 1, 2, 3})) == fingerprintOf(mixed()));
  std::set<uint32_t> prints = {fingerprintOf(mixed())};
  for (size_t i = 0; i < changes.size(); ++i) {
    CAPTURE(i);
    Dataset data = mixed();
    changes[i](data);
    CHECK(prints.insert(fingerprintOf(data)).second);
  }
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
