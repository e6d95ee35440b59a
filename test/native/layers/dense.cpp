#include "layers/dense.h"

#include <doctest/doctest.h>

#include <cmath>

namespace glissade {
namespace {

TEST_SUITE_BEGIN("layers");

TEST_CASE("a dense layer has a weight that decays and a bias that does not") {
  const Dense<float> layer(5, 3, Activation::relu);
  CHECK(layer.inputs() == 5);
  CHECK(layer.outputs() == 3);
  const auto parameters = layer.parameters();
  REQUIRE(parameters.size() == 2);
  CHECK(parameters[0].name == "weight");
  CHECK(parameters[0].shape == std::vector<size_t>{5, 3});
  CHECK(parameters[0].size() == 15);
  CHECK(parameters[0].decays);
  CHECK(parameters[1].name == "bias");
  CHECK(parameters[1].shape == std::vector<size_t>{3});
  CHECK(parameters[1].size() == 3);
  CHECK_FALSE(parameters[1].decays);
}

TEST_CASE_TEMPLATE("weights start with the variance of He or of Glorot, biases at zero", Real, float, double) {
  constexpr size_t inputs = 200, outputs = 100;
  for (const Activation activation :
       {Activation::identity, Activation::relu, Activation::tanh, Activation::sigmoid, Activation::gelu}) {
    CAPTURE(int(activation));
    const bool halves = activation == Activation::relu || activation == Activation::gelu;
    const double variance = 2.0 / double(halves ? inputs : inputs + outputs);
    std::vector<Real> parameters(inputs * outputs + outputs, Real(9));
    Random random(3, Draw::weights, 0);
    Dense<Real>(inputs, outputs, activation).initialize(random, parameters.data());
    double sum = 0, squares = 0, largest = 0;
    for (size_t i = 0; i < inputs * outputs; ++i) {
      const double weight = double(parameters[i]);
      sum += weight;
      squares += weight * weight;
      largest = std::max(largest, std::abs(weight));
    }
    const double count = inputs * outputs;
    CHECK(std::abs(sum / count) < 4 * std::sqrt(variance / count));
    CHECK(squares / count == doctest::Approx(variance).epsilon(0.03));
    CHECK(largest <= std::sqrt(3 * variance) * (1 + 1e-7));
    for (size_t i = 0; i < outputs; ++i) CHECK(parameters[inputs * outputs + i] == 0);
  }
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
