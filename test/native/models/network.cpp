#include "models/network.h"

#include <doctest/doctest.h>

#include "bits.h"
#include "examples.h"

namespace glissade {
namespace {

TEST_SUITE_BEGIN("models");

TEST_CASE("tensors have names, shapes and places that fill the slab") {
  const auto network = chain<float>({784, 128, 10}, {Activation::relu, Activation::identity});
  CHECK(network->inputs() == 784);
  CHECK(network->outputs() == 10);
  CHECK(network->parameterCount() == 784 * 128 + 128 + 128 * 10 + 10);
  size_t offset = 0;
  std::vector<std::string> names;
  for (const TensorPlace& tensor : network->tensors()) {
    CHECK(tensor.offset == offset);
    CHECK(tensor.decays == (tensor.shape.size() == 2));
    offset += tensor.size;
    names.push_back(tensor.name);
  }
  CHECK(offset == network->parameterCount());
  CHECK(names == std::vector<std::string>{"layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias"});
  CHECK(network->tensors()[2].shape == std::vector<size_t>{128, 10});
}

TEST_CASE_TEMPLATE("initial parameters are a function of the seed, layer by layer", Real, float, double) {
  const auto two = chain<Real>({8, 6, 4}, {Activation::relu, Activation::identity});
  const auto three = chain<Real>({8, 6, 4, 2}, {Activation::relu, Activation::identity, Activation::identity});
  const Buffer<Real> parameters = initialParameters(*two, 7);
  CHECK(difference(initialParameters(*two, 7), parameters) == "");
  CHECK(difference(initialParameters(*two, 8), parameters) != "");
  // A layer more changes nothing before it.
  CHECK(difference(initialParameters(*three, 7).data(), parameters.data(), parameters.size()) == "");
  // Layers of one shape differ.
  const auto equals = chain<Real>({5, 5, 5}, {Activation::tanh, Activation::tanh});
  const Buffer<Real> both = initialParameters(*equals, 7);
  CHECK(difference(both.data(), both.data() + 30, 25) != "");
}

TEST_CASE("float weights are the double ones, rounded") {
  const auto narrow = chain<float>({8, 6}, {Activation::relu});
  const auto wide = chain<double>({8, 6}, {Activation::relu});
  const Buffer<float> floats = initialParameters(*narrow, 7);
  const Buffer<double> doubles = initialParameters(*wide, 7);
  for (size_t i = 0; i < floats.size(); ++i) CHECK(floats[i] == float(doubles[i]));
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
