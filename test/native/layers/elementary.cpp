// How far the float versions of exp, tanh and Φ are from the C library's in double, over dense grids and at the ends.
#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "layers/activated.h"
#include "tables.h"

namespace glissade {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity(), kNaN = std::numeric_limits<float>::quiet_NaN();

/// One float in 997 of those in [low, high]: a prime, so that all patterns of low bits are met.
std::vector<float> grid(float low, float high) {
  std::vector<float> numbers{low, high};
  for (uint32_t bits = 0; bits < 0x7f800000; bits += 997)
    for (const float x : {std::bit_cast<float>(bits), -std::bit_cast<float>(bits)})
      if (x >= low && x <= high) numbers.push_back(x);
  return numbers;
}

struct Worst {
  double error = 0, at = 0;
};

/// The largest |ours − exact(x)| / size(x).
template <typename Exact, typename Size>
Worst worst(const std::vector<float>& x, const std::vector<float>& ours, Exact exact, Size size) {
  Worst worst;
  for (size_t i = 0; i < x.size(); ++i) {
    const double at = double(x[i]), error = std::abs(double(ours[i]) - exact(at)) / size(at);
    if (!(error <= worst.error)) worst = {error, at};
  }
  return worst;
}

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double distribution(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }
double density(double x) { return std::exp(-x * x / 2) / std::sqrt(2 * std::acos(-1.0)); }

/// e^x / (1 + e^x) for x ≤ 0: under cross-entropy, the gradient at the second of the logits 0 and x where the first is
/// right. As exact as the exponential of a negative number.
std::vector<float> softmaxOfPairs(const KernelsOf<float>& kernels, const std::vector<float>& x) {
  std::vector<float> logits, labels(x.size(), 0.0f), gradient(2 * x.size());
  for (const float value : x) {
    logits.push_back(0);
    logits.push_back(value);
  }
  std::vector<double> values(x.size());
  kernels.loss(Loss::crossEntropy,
               {logits.data(), labels.data(), 2, 1, 0, x.size(), gradient.data(), 1.0f, values.data(), nullptr});
  std::vector<float> second;
  for (size_t i = 0; i < x.size(); ++i) second.push_back(gradient[2 * i + 1]);
  return second;
}

#define CHECK_WORST(expression, bound) \
  do {                                 \
    const Worst found = (expression);  \
    CAPTURE(found.at);                 \
    CHECK(found.error <= (bound));     \
  } while (false)

TEST_SUITE_BEGIN("layers");

TEST_CASE("float exponentials of negative numbers are within 2e-7, relatively") {
  const std::vector<float> x = grid(-87, 0);
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    CHECK_WORST(worst(x, softmaxOfPairs(table->float32, x), sigmoid, sigmoid), 2e-7);
  }
}

TEST_CASE("float sigmoids are within 1.6e-7, relatively") {
  const std::vector<float> x = grid(-87, 100);
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    CHECK_WORST(worst(x, activated(table->float32, Activation::sigmoid, x), sigmoid, sigmoid), 1.6e-7);
  }
}

TEST_CASE("float hyperbolic tangents are within 1.6e-7, relatively") {
  const std::vector<float> x = grid(-100, 100);
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    const auto exact = [](double at) { return std::tanh(at); };
    const auto size = [](double at) { return std::max(std::abs(std::tanh(at)), 1e-37); };
    CHECK_WORST(worst(x, activated(table->float32, Activation::tanh, x), exact, size), 1.6e-7);
  }
}

TEST_CASE("float normal distributions are within 4e-7 and slopes of gelu too") {
  const std::vector<float> x = grid(-100, 100);
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    const KernelsOf<float>& kernels = table->float32;
    const std::vector<float> y = activated(kernels, Activation::gelu, x);
    const auto gelu = [](double at) { return at * distribution(at); };
    const auto size = [](double at) { return std::max(std::abs(at), 1e-37); };
    CHECK_WORST(worst(x, y, gelu, size), 4e-7);
    const auto slope = [](double at) { return distribution(at) + at * density(at); };
    const auto one = [](double) { return 1.0; };
    CHECK_WORST(worst(x, derivatives(kernels, Activation::gelu, y, x), slope, one), 4e-7);
  }
}

TEST_CASE("float activations have the right ends") {
  const std::vector<float> x{-kInfinity, -1e30f, -200, -88.5f, -87.5f, 88.5f, 200, 1e30f, kInfinity};
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    const KernelsOf<float>& kernels = table->float32;
    const std::vector<float> sigmoids = activated(kernels, Activation::sigmoid, x),
                             tangents = activated(kernels, Activation::tanh, x),
                             gelus = activated(kernels, Activation::gelu, x),
                             slopes = derivatives(kernels, Activation::gelu, gelus, x);
    for (size_t i = 0; i < x.size(); ++i) {
      CAPTURE(x[i]);
      const bool left = x[i] < 0;
      CHECK(sigmoids[i] >= 0);
      CHECK((left ? sigmoids[i] <= 1e-37f : sigmoids[i] == 1));
      CHECK(tangents[i] == (left ? -1 : 1));
      if (std::isinf(x[i])) continue;  // ∞·0: not a number in the C library's double either
      CHECK(gelus[i] == doctest::Approx(left ? 0 : double(x[i])));
      CHECK(slopes[i] == doctest::Approx(left ? 0 : 1));
    }
    CHECK(activated(kernels, Activation::relu, x) == std::vector<float>{0, 0, 0, 0, 0, 88.5f, 200, 1e30f, kInfinity});
  }
}

TEST_CASE_TEMPLATE("activations of NaN are NaN", Real, float, double) {
  const std::vector<Real> x(37, Real(kNaN));
  for (const Kernels* table : tables())
    for (const Activation activation :
         {Activation::identity, Activation::relu, Activation::tanh, Activation::sigmoid, Activation::gelu}) {
      CAPTURE(nameOf(*table));
      CAPTURE(int(activation));
      for (const Real y : activated(table->of<Real>(), activation, x)) CHECK(std::isnan(y));
    }
}

TEST_CASE("double activations are the C library's") {
  std::vector<double> x;
  for (double at = -50; at <= 50; at += 0.01) x.push_back(at);
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    const KernelsOf<double>& kernels = table->float64;
    const std::vector<double> tangents = activated(kernels, Activation::tanh, x),
                              sigmoids = activated(kernels, Activation::sigmoid, x),
                              gelus = activated(kernels, Activation::gelu, x),
                              slopes = derivatives(kernels, Activation::gelu, gelus, x);
    for (size_t i = 0; i < x.size(); ++i) {
      CAPTURE(x[i]);
      const double slope = distribution(x[i]) + x[i] * density(x[i]);
      CHECK(tangents[i] == std::tanh(x[i]));
      CHECK(sigmoids[i] == sigmoid(x[i]));
      CHECK(std::abs(gelus[i] - x[i] * distribution(x[i])) <= 1e-15 * std::abs(x[i]));
      CHECK(std::abs(slopes[i] - slope) <= 1e-15);
    }
  }
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
