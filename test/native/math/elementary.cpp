// Errors of the float versions of exp, log(1 + x), tanh and Φ, compared with the C library's in double, over dense
// grids and at the ends of their ranges.
#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "layers/activated.h"
#include "losses/rows.h"
#include "math/elementary.h"
#include "tables.h"

namespace glissade {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity(), kNaN = std::numeric_limits<float>::quiet_NaN();

/// One float in 997 of those in [low, high]: a prime, so that all patterns of low bits occur.
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

double softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }
double exactSigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double distribution(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }
double density(double x) { return std::exp(-x * x / 2) / std::sqrt(2 * std::acos(-1.0)); }

/// e^x / (1 + e^x) for x ≤ 0, with about the relative error of the exponential. It is the gradient of
/// cross-entropy with respect to the second of the logits 0 and x, if the first is that of the class.
std::vector<float> softmaxOfPairs(const KernelsOf<float>& kernels, const std::vector<float>& x) {
  std::vector<float> logits, labels(x.size(), 0.0f), gradient(2 * x.size());
  for (const float value : x) {
    logits.push_back(0);
    logits.push_back(value);
  }
  std::vector<double> values(x.size());
  kernels.loss(Loss::crossEntropy, {{logits.data(), nullptr},
                                    labels.data(),
                                    2,
                                    1,
                                    0,
                                    x.size(),
                                    {gradient.data(), nullptr},
                                    1.0f,
                                    values.data(),
                                    nullptr});
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

TEST_SUITE_BEGIN("math");

TEST_CASE("float exponentials of negative numbers are within 2e-7, relatively") {
  const std::vector<float> x = grid(-87, 0);
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    CHECK_WORST(worst(x, softmaxOfPairs(table->float32, x), exactSigmoid, exactSigmoid), 2e-7);
  }
}

TEST_CASE("float sigmoids are within 1.6e-7, relatively") {
  const std::vector<float> x = grid(-87, 100);
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    CHECK_WORST(worst(x, activated(table->float32, Activation::sigmoid, x), exactSigmoid, exactSigmoid), 1.6e-7);
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

TEST_CASE("float logarithms of 1 + x are within 2e-7, relatively") {
  Worst found;
  for (const float x : grid(0, 1)) {
    const long double exact = std::log1p(static_cast<long double>(x));
    const double error = x == 0 ? double(logarithm1p(x)) : double(std::abs(logarithm1p(x) - exact) / exact);
    if (!(error <= found.error)) found = {error, double(x)};
  }
  CHECK_WORST(found, 2e-7);
}

TEST_CASE("float softplus and its slopes are within 3e-7, relatively") {
  const std::vector<float> x = grid(-80, 100);
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    const std::vector<float> y = activated(table->float32, Activation::softplus, x);
    CHECK_WORST(worst(x, y, softplus, softplus), 3e-7);
    CHECK_WORST(worst(x, derivatives(table->float32, Activation::softplus, y, x), exactSigmoid, exactSigmoid), 3e-7);
  }
}

TEST_CASE("float exponentials are 0 below the normal numbers") {
  CHECK(exponential(-88.0f) == 0);
  CHECK(exponential(-1e30f) == 0);
  CHECK(exponential(-kInfinity) == 0);
  CHECK(std::abs(double(exponential(-87.33f)) / std::exp(double(-87.33f)) - 1) < 2e-7);
}

TEST_CASE("float silu is within 3e-7, relatively, and its slopes are within 1e-6") {
  const std::vector<float> x = grid(-80, 100);
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    const std::vector<float> y = activated(table->float32, Activation::silu, x);
    const auto silu = [](double at) { return at * exactSigmoid(at); };
    const auto size = [](double at) { return std::max(std::abs(at * exactSigmoid(at)), 1e-37); };
    CHECK_WORST(worst(x, y, silu, size), 3e-7);
    // For sigmoid(x) close to 1, its rounding error is multiplied by x.
    const auto slope = [](double at) { return exactSigmoid(at) * (1 + at * (1 - exactSigmoid(at))); };
    CHECK_WORST(worst(x, derivatives(table->float32, Activation::silu, y, x), slope, [](double) { return 1.0; }), 1e-6);
  }
}

TEST_CASE("float elu is within 2e-7 below 0, and its slopes too, and leakyRelu is exact") {
  const std::vector<float> x = grid(-100, 100);
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    const KernelsOf<float>& kernels = table->float32;
    const std::vector<float> elus = activated(kernels, Activation::elu, x),
                             leaky = activated(kernels, Activation::leakyRelu, x);
    const auto one = [](double) { return 1.0; };
    CHECK_WORST(worst(
                    x, elus, [](double at) { return at > 0 ? at : std::expm1(at); }, one),
                2e-7);
    const auto slope = [](double at) { return at > 0 ? 1 : std::exp(at); };
    CHECK_WORST(worst(x, derivatives(kernels, Activation::elu, elus, x), slope, one), 2e-7);
    const std::vector<float> slopes = derivatives(kernels, Activation::leakyRelu, leaky, x);
    for (size_t i = 0; i < x.size(); ++i) {
      if (x[i] > 0 && elus[i] != x[i]) FAIL_CHECK("elu of ", x[i], ": ", elus[i]);
      const float expected = x[i] > 0 ? x[i] : x[i] * 0.01f;
      // The thread can keep denormal numbers or flush them.
      if (std::abs(expected) > 1e-37f && leaky[i] != expected) FAIL_CHECK("leakyRelu of ", x[i], ": ", leaky[i]);
      if (slopes[i] != (x[i] > 0 && leaky[i] > 0 ? 1 : 0.01f)) FAIL_CHECK("slope at ", x[i], ": ", slopes[i]);
    }
  }
}

TEST_CASE("float activations have the right limits") {
  const std::vector<float> x{-kInfinity, -1e30f, -200, -88.5f, -87.5f, 88.5f, 200, 1e30f, kInfinity};
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    const KernelsOf<float>& kernels = table->float32;
    const std::vector<float> sigmoids = activated(kernels, Activation::sigmoid, x),
                             tangents = activated(kernels, Activation::tanh, x),
                             gelus = activated(kernels, Activation::gelu, x),
                             slopes = derivatives(kernels, Activation::gelu, gelus, x),
                             silus = activated(kernels, Activation::silu, x),
                             siluSlopes = derivatives(kernels, Activation::silu, silus, x),
                             elus = activated(kernels, Activation::elu, x),
                             softpluses = activated(kernels, Activation::softplus, x);
    for (size_t i = 0; i < x.size(); ++i) {
      CAPTURE(x[i]);
      const bool left = x[i] < 0;
      CHECK(elus[i] == (left ? -1 : x[i]));
      CHECK((left ? softpluses[i] >= 0 && softpluses[i] <= 1e-37f : softpluses[i] == x[i]));
      CHECK(sigmoids[i] >= 0);
      CHECK((left ? sigmoids[i] <= 1e-37f : sigmoids[i] == 1));
      CHECK(tangents[i] == (left ? -1 : 1));
      if (std::isinf(x[i])) continue;  // ∞·0 is NaN with the C library in double too
      CHECK(gelus[i] == doctest::Approx(left ? 0 : double(x[i])));
      CHECK(slopes[i] == doctest::Approx(left ? 0 : 1));
      if (left && x[i] < -1e20f) continue;  // the exponential is clamped: −1e30·e^−87 remains
      CHECK(silus[i] == doctest::Approx(left ? 0 : double(x[i])));
      CHECK(siluSlopes[i] == doctest::Approx(left ? 0 : 1));
    }
    CHECK(activated(kernels, Activation::relu, x) == std::vector<float>{0, 0, 0, 0, 0, 88.5f, 200, 1e30f, kInfinity});
  }
}

TEST_CASE_TEMPLATE("activations of NaN are NaN", Real, float, double) {
  const std::vector<Real> x(37, Real(kNaN));
  for (const Kernels* table : tables())
    for (const Activation activation : kActivations) {
      CAPTURE(nameOf(*table));
      CAPTURE(int(activation));
      for (const Real y : activated(table->of<Real>(), activation, x)) CHECK(std::isnan(y));
    }
}

TEST_CASE("double activations are those of the C library") {
  std::vector<double> x;
  for (double at = -50; at <= 50; at += 0.01) x.push_back(at);
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    const KernelsOf<double>& kernels = table->float64;
    const std::vector<double> tangents = activated(kernels, Activation::tanh, x),
                              sigmoids = activated(kernels, Activation::sigmoid, x),
                              gelus = activated(kernels, Activation::gelu, x),
                              slopes = derivatives(kernels, Activation::gelu, gelus, x),
                              silus = activated(kernels, Activation::silu, x),
                              elus = activated(kernels, Activation::elu, x),
                              softpluses = activated(kernels, Activation::softplus, x);
    for (size_t i = 0; i < x.size(); ++i) {
      CAPTURE(x[i]);
      CHECK(silus[i] == x[i] * exactSigmoid(x[i]));
      CHECK(elus[i] == (x[i] > 0 ? x[i] : std::expm1(x[i])));
      CHECK(softpluses[i] == softplus(x[i]));
      const double slope = distribution(x[i]) + x[i] * density(x[i]);
      CHECK(tangents[i] == std::tanh(x[i]));
      CHECK(sigmoids[i] == exactSigmoid(x[i]));
      CHECK(std::abs(gelus[i] - x[i] * distribution(x[i])) <= 1e-15 * std::abs(x[i]));
      CHECK(std::abs(slopes[i] - slope) <= 1e-15);
    }
  }
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
