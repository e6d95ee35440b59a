// The product in AMX's tile registers on any processor: with registers in plain memory, and panels of their width.
#define GLISSADE_WIDE_PANELS
#include "matrix/multiply_amx.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <vector>

#include "bits.h"
#include "examples.h"
#include "matrix/pairs.h"
#include "matrix/rounded_example.h"
#include "tables.h"
#include "training/plain.h"

namespace glissade {
namespace {

/// AMX's tile registers as the manual defines them, in plain memory.
class PlainTiles {
 public:
  static void configure(const TileConfiguration& configuration) { state() = State{configuration, true, {}}; }
  static void release() { state().isConfigured = false; }
  template <int kTile>
  static void zero() {
    check(kTile);
    std::memset(state().tiles[kTile], 0, sizeof state().tiles[kTile]);
  }
  template <int kTile>
  static void load(const void* from, size_t strideBytes) {
    check(kTile);
    zero<kTile>();
    for (size_t row = 0; row < rows(kTile); ++row)
      std::memcpy(state().tiles[kTile][row], static_cast<const char*>(from) + row * strideBytes, bytes(kTile));
  }
  template <int kTile>
  static void store(void* to, size_t strideBytes) {
    check(kTile);
    for (size_t row = 0; row < rows(kTile); ++row)
      std::memcpy(static_cast<char*>(to) + row * strideBytes, state().tiles[kTile][row], bytes(kTile));
  }
  template <int kC, int kA, int kB>
  static void multiply() {
    for (const int tile : {kC, kA, kB}) check(tile);
    REQUIRE(rows(kC) == rows(kA));
    REQUIRE(bytes(kC) == bytes(kB));
    REQUIRE(bytes(kA) == 4 * rows(kB));
    for (size_t i = 0; i < rows(kC); ++i)
      for (size_t k = 0; k < rows(kB); ++k)
        for (size_t j = 0; j < bytes(kC) / 4; ++j)
          for (size_t half = 0; half < 2; ++half) {
            float c;
            std::memcpy(&c, &state().tiles[kC][i][4 * j], sizeof c);
            c += number(state().tiles[kA][i] + 4 * k + 2 * half) * number(state().tiles[kB][k] + 4 * j + 2 * half);
            std::memcpy(&state().tiles[kC][i][4 * j], &c, sizeof c);
          }
  }

 private:
  struct State {
    TileConfiguration configuration;
    bool isConfigured;
    unsigned char tiles[8][16][64];
  };
  static State& state() {
    static State state{};
    return state;
  }
  static size_t rows(int tile) { return state().configuration.rows[tile]; }
  static size_t bytes(int tile) { return state().configuration.rowBytes[tile]; }
  static void check(int tile) {
    REQUIRE(state().isConfigured);
    REQUIRE(rows(tile) >= 1);
    REQUIRE(rows(tile) <= 16);
    REQUIRE(bytes(tile) <= 64);
  }
  static float number(const unsigned char* at) {
    uint16_t half;
    std::memcpy(&half, at, sizeof half);
    const uint32_t bits = uint32_t(half) << 16;
    float value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
  }
};

TEST_SUITE_BEGIN("matrix");

TEST_CASE("the product in tiles is correct") {
  const Bfloat16Kernels kernels{pairColumns, pairRows, multiplyInTiles<PlainTiles>, {}};
  for (const Form form : {Form::neither, Form::a, Form::b})
    for (const ProductShape& s :
         {ProductShape{1, 1, 1}, ProductShape{16, 16, 32}, ProductShape{17, 17, 33}, ProductShape{32, 32, 64},
          ProductShape{33, 47, 70}, ProductShape{70, 10, 31}, ProductShape{64, 130, 600}, ProductShape{40, 33, 1100}}) {
      CAPTURE(int(form));
      CAPTURE(s.rows);
      CAPTURE(s.columns);
      CAPTURE(s.depth);
      RoundedExample example(kernels, 2 * kTileSide, s, form);
      const size_t panels = ceilingOf(s.columns, example.width);
      kernels.multiply(example.product, {0, s.rows, 0, panels});
      example.check([&](size_t i, size_t j) { return example.c.at(i, j); });

      std::vector<float> flat(s.rows * s.columns + 3, -5.0f);
      example.product.c = {flat.data(), example.width, s.columns};
      kernels.multiply(example.product, {0, s.rows / 2, 0, panels});
      kernels.multiply(example.product, {s.rows / 2, s.rows, 0, panels});
      for (size_t i = 0; i < s.rows; ++i)
        for (size_t j = 0; j < s.columns; ++j) CHECK(flat[i * s.columns + j] == example.c.at(i, j));
      CHECK(std::count(flat.end() - 3, flat.end(), -5.0f) == 3);
    }
}

TEST_CASE("a minibatch is not affected by the rows of an earlier, larger one") {
  Kernels kernels = *tables().back();
  if (kernels.float32.panelWidth != 2 * kTileSide) {
    MESSAGE("skipped: this processor has no panels as wide as two tiles");
    return;
  }
  const auto network = chain<float>({20, 40, 4}, {Activation::relu, Activation::identity});
  const Buffer<float> parameters = initialParameters(*network, 1);
  const Dataset fine = classified(10, 20, 4, 1);
  std::vector<float> numbers(60 * 20, std::numeric_limits<float>::quiet_NaN());
  const Dataset broken{{tableOf(Format::float32, numbers, 20)}, classified(60, 20, 4, 2).targets, nullptr, nullptr};
  std::vector<uint32_t> rows(60);
  std::iota(rows.begin(), rows.end(), 0u);
  const auto gradientAfter = [&](bool isSecond) {
    Minibatch<float> minibatch(*network, kernels, {Loss::crossEntropy, false}, 60, Use::training, Precision::bfloat16);
    Buffer<float> gradient(network->parameterCount());
    const auto find = [&](const Dataset& data, size_t count) {
      findGradient(*network, minibatch, Member(0, 1), {count}, parameters.data(), data, rows.data(), gradient.data());
    };
    if (isSecond) find(broken, 60);
    find(fine, 10);
    return gradient;
  };
  kernels.bfloat16 = {pairColumns, pairRows, multiplyInTiles<PlainTiles>, {}};
  const Buffer<float> fresh = gradientAfter(false);
  CHECK(std::isfinite(kernels.float32.magnitude(fresh.data(), fresh.size())));
  CHECK(difference(gradientAfter(true), fresh) == "");
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
