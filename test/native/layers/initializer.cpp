#include "layers/initializer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "bits.h"

namespace glissade {
namespace {

constexpr Initializer kDrawn[] = {Initializer::heUniform,    Initializer::heNormal,     Initializer::glorotUniform,
                                  Initializer::glorotNormal, Initializer::lecunUniform, Initializer::lecunNormal,
                                  Initializer::orthogonal};

template <typename Real>
std::vector<Real> initialized(Initializer initializer, const Fan& fan, size_t columns, uint64_t seed) {
  std::vector<Real> weights(fan.in * columns, Real(9));
  Random random(seed, Draw::weights, 0);
  initialize(initializer, fan, columns, random, weights.data());
  return weights;
}

struct Moments {
  double mean = 0, variance = 0, fourth = 0, largest = 0;

  explicit Moments(const std::vector<double>& numbers) {
    const double n = double(numbers.size());
    for (const double x : numbers) {
      mean += x / n;
      variance += x * x / n;
      fourth += std::pow(x, 4) / n;
      largest = std::max(largest, std::abs(x));
    }
  }
};

TEST_SUITE_BEGIN("layers");

TEST_CASE("uniform weights have the variance of their name within its range, and normal ones exceed the range") {
  const Fan fan{200, 50};
  struct Case {
    Initializer initializer;
    double variance;
    bool isUniform;
  };
  for (const Case& each :
       {Case{Initializer::heUniform, 2.0 / 200, true}, Case{Initializer::heNormal, 2.0 / 200, false},
        Case{Initializer::glorotUniform, 2.0 / 250, true}, Case{Initializer::glorotNormal, 2.0 / 250, false},
        Case{Initializer::lecunUniform, 1.0 / 200, true}, Case{Initializer::lecunNormal, 1.0 / 200, false}}) {
    CAPTURE(int(each.initializer));
    // 100 columns and fan.out = 50: they differ for convolutions.
    const Moments found(initialized<double>(each.initializer, fan, 100, 3));
    const double limit = std::sqrt(3 * each.variance);
    CHECK(std::abs(found.mean) < 4 * std::sqrt(each.variance / 20000));
    CHECK(found.variance == doctest::Approx(each.variance).epsilon(0.03));
    const double kurtosis = found.fourth / (found.variance * found.variance);
    CHECK(kurtosis == doctest::Approx(each.isUniform ? 1.8 : 3).epsilon(0.05));
    if (each.isUniform) {
      CHECK(found.largest <= limit);
      CHECK(found.largest > 0.99 * limit);
    } else {
      CHECK(found.largest > limit);
    }
  }
}

TEST_CASE_TEMPLATE("orthogonal weights have orthonormal columns or rows", Real, float, double) {
  struct Size {
    size_t rows, columns;
  };
  for (const auto& [rows, columns] : {Size{1, 1}, Size{7, 7}, Size{40, 9}, Size{9, 40}, Size{64, 64}}) {
    CAPTURE(rows);
    CAPTURE(columns);
    const std::vector<Real> w = initialized<Real>(Initializer::orthogonal, {rows, columns}, columns, 5);
    const bool isTall = rows >= columns;
    const size_t count = std::min(rows, columns), length = std::max(rows, columns), width = columns;
    const auto at = [&](size_t vector, size_t i) {
      return double(isTall ? w[i * width + vector] : w[vector * width + i]);
    };
    for (size_t a = 0; a < count; ++a)
      for (size_t b = 0; b <= a; ++b) {
        double product = 0;
        for (size_t i = 0; i < length; ++i) product += at(a, i) * at(b, i);
        CHECK(std::abs(product - (a == b ? 1 : 0)) < (sizeof(Real) == sizeof(float) ? 1e-6 : 1e-14));
      }
  }
}

TEST_CASE("zeros are zeros") {
  for (const float weight : initialized<float>(Initializer::zeros, {7, 5}, 5, 1)) CHECK(weight == 0);
}

TEST_CASE("weights depend on the seed alone, and floats are rounded doubles") {
  for (const Initializer initializer : kDrawn) {
    CAPTURE(int(initializer));
    const auto weights = initialized<double>(initializer, {9, 5}, 5, 1);
    CHECK(difference(initialized<double>(initializer, {9, 5}, 5, 1), weights) == "");
    CHECK(difference(initialized<double>(initializer, {9, 5}, 5, 2), weights) != "");
    const auto narrow = initialized<float>(initializer, {9, 5}, 5, 1);
    CHECK(difference(narrow, std::vector<float>(weights.begin(), weights.end())) == "");
  }
}

TEST_CASE(
    "a layer without an initializer uses He's weights if its activation halves the signal, and otherwise Glorot's") {
  for (const Activation activation :
       {Activation::relu, Activation::leakyRelu, Activation::elu, Activation::gelu, Activation::silu})
    CHECK(chosen(Initializer::automatic, activation) == Initializer::heUniform);
  for (const Activation activation :
       {Activation::identity, Activation::tanh, Activation::sigmoid, Activation::softplus})
    CHECK(chosen(Initializer::automatic, activation) == Initializer::glorotUniform);
  CHECK(chosen(Initializer::zeros, Activation::relu) == Initializer::zeros);
  CHECK(chosen(Initializer::lecunNormal, Activation::tanh) == Initializer::lecunNormal);
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
