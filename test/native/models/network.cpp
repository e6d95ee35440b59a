#include "models/workspace.h"

#include <doctest/doctest.h>

#include <cmath>
#include <span>
#include <vector>

#include "bits.h"
#include "error.h"
#include "models/architectures.h"

namespace glissade {
namespace {

void gatherOne(Workspace<double>& workspace, std::span<const double> numbers) {
  Dataset data;
  data.inputs.emplace_back(
      std::make_shared<const Table>(copyTable(Format::float64, numbers.data(), 1, numbers.size(), 1)));
  const uint32_t row = 0;
  workspace.gather(Member(0, 1), data, &row, 1);
}

TEST_SUITE_BEGIN("models");

TEST_CASE("tensors have names, shapes and places that fill the slab") {
  const auto network = chain<float>({784, 128, 10}, {Activation::relu, Activation::identity});
  CHECK(network->inputs()[0].shape == Shape{1, 1, 784});
  CHECK(network->outputs() == 10);
  CHECK(network->parameterCount() == 784 * 128 + 128 + 128 * 10 + 10);
  size_t offset = 0;
  std::vector<std::string> names;
  for (const NetworkTensor& tensor : network->tensors()) {
    CHECK(tensor.offset == offset);
    CHECK(tensor.decays == (tensor.shape.size() == 2));
    offset += tensor.size;
    names.push_back(tensor.name);
  }
  CHECK(offset == network->parameterCount());
  CHECK(names == std::vector<std::string>{"layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias"});
  CHECK(network->tensors()[2].shape == std::vector<size_t>{128, 10});
}

TEST_CASE_TEMPLATE("initial parameters depend on the seed alone, layer by layer", Real, float, double) {
  const auto two = chain<Real>({8, 6, 4}, {Activation::relu, Activation::identity});
  const auto three = chain<Real>({8, 6, 4, 2}, {Activation::relu, Activation::identity, Activation::identity});
  const Buffer<Real> parameters = initialParameters(*two, 7);
  CHECK(difference(initialParameters(*two, 7), parameters) == "");
  CHECK(difference(initialParameters(*two, 8), parameters) != "");
  // A further layer does not change those before it.
  CHECK(difference(initialParameters(*three, 7).data(), parameters.data(), parameters.size()) == "");
  // Layers of equal shapes have different weights.
  const auto equals = chain<Real>({5, 5, 5}, {Activation::tanh, Activation::tanh});
  const Buffer<Real> both = initialParameters(*equals, 7);
  CHECK(difference(both.data(), both.data() + 30, 25) != "");
}

TEST_CASE("statistics are tensors that don't train, and only weights of products decay") {
  const auto network = everyLayer<float>(Activation::relu);
  std::vector<std::string> decaying, still;
  for (const NetworkTensor& tensor : network->tensors()) {
    if (tensor.decays) decaying.push_back(tensor.name);
    if (!tensor.trains) still.push_back(tensor.name);
  }
  CHECK(still == std::vector<std::string>{"layers.1.mean", "layers.1.variance"});
  CHECK(decaying ==
        std::vector<std::string>{"layers.0.weight", "layers.2.weight", "layers.7.weight", "layers.11.weight"});
}

TEST_CASE("outputs can have positions") {
  Architecture<float> a(kImage);
  a.add<Dropout>({0}, kImage, 0.5);
  const auto network = a.network();
  CHECK(network->outputs() == kImage.channels);
  CHECK(network->positions() == kImage.positions());
}

TEST_CASE("activations share memory after their last use") {
  constexpr size_t kLayers = 20, kExamples = 128;
  const Shape shape{1, 1, 255};  // the 1 that follows fills a panel
  std::vector<Node<float>> nodes;
  for (size_t i = 0; i < kLayers; i += 2) {
    nodes.push_back({"d", std::make_unique<Dense<float>>(shape, DenseOptions{255, Activation::relu}), {i}});
    nodes.push_back({"o", std::make_unique<Dropout<float>>(shape, 0.5), {i + 1}});
  }
  const Network<float> network(shape, std::move(nodes));
  const auto matricesOf = [&](Use use) {
    const Workspace<float> workspace(network, kernels(), kExamples, use, Precision::full);
    const double matrix = double(kExamples | 1) * 256 * sizeof(float);
    CHECK(double(workspace.memorySizeApart()) >= matrix * (use == Use::forward ? kLayers : 2 * kLayers));
    return double(workspace.memorySize()) / matrix;
  };
  // Forward, the inputs, and the input and output of a layer. Backward, each dense layer keeps inputs, outputs and
  // delta; the input of dropout and its delta are released.
  CHECK(matricesOf(Use::forward) < 3.1);
  CHECK(matricesOf(Use::training) < 0.5 * 3 * kLayers + 3);
}

TEST_CASE("networks of floats compute in bfloat16, those of doubles do not") {
  CHECK_NOTHROW(everyLayer<float>(Activation::tanh)->checkPrecision(Precision::bfloat16));
  CHECK_NOTHROW(everyLayer<double>(Activation::tanh)->checkPrecision(Precision::full));
  CHECK_THROWS_WITH_AS(everyLayer<double>(Activation::tanh)->checkPrecision(Precision::bfloat16),
                       "layers.0 can't compute in bfloat16, which is for networks of type float32", Error);
}

TEST_CASE("a forward pass ends before a softmax on request") {
  const auto network = everyLayer<double>(Activation::tanh);
  const Buffer<double> parameters = initialParameters(*network, 1);
  const auto outputsAt = [&](Workspace<double>::End end) {
    Workspace<double> workspace(*network, kernels(), 1, Use::forward, Precision::full, end);
    std::vector<double> outputs(4);
    const Buffer<double> image = drawn<double>(kImage.size(), 1);
    gatherOne(workspace, std::span(image.data(), image.size()));
    workspace.forward(Member(0, 1), {1}, {parameters.data(), nullptr}, {outputs.data(), nullptr});
    return outputs;
  };
  const auto logits = outputsAt(Workspace<double>::End::logits), shares = outputsAt(Workspace<double>::End::outputs);
  double sum = 0;
  for (const double logit : logits) sum += std::exp(logit);
  for (size_t j = 0; j < 4; ++j) CHECK(shares[j] == doctest::Approx(std::exp(logits[j]) / sum));
}

TEST_CASE("layers of a network drop numbers independently, and so do minibatches") {
  Architecture<double> a(numbers(1000));
  a.add<Dropout>({0}, numbers(1000), 0.5);
  a.add<Dropout>({1}, numbers(1000), 0.5);
  const auto network = a.network();
  Workspace<double> workspace(*network, kernels(), 1, Use::forward, Precision::full);
  gatherOne(workspace, std::vector<double>(1000, 1));
  const auto keptAt = [&](uint64_t draw) {
    std::vector<double> outputs(1000);
    workspace.forward(Member(0, 1), {1, Mode::training, draw}, {nullptr, nullptr}, {outputs.data(), nullptr});
    return outputs;
  };
  const auto first = keptAt(Random(1, Draw::dropout, 0).next()), second = keptAt(Random(1, Draw::dropout, 1).next());
  size_t kept = 0, both = 0;
  for (size_t j = 0; j < 1000; ++j) {
    CHECK((first[j] == 0 || first[j] == 4));
    kept += first[j] != 0;
    both += first[j] != 0 && second[j] != 0;
  }
  CHECK(std::abs(double(kept) - 250) < 4 * std::sqrt(1000 * 0.25 * 0.75));
  CHECK(std::abs(double(both) - 62.5) < 4 * std::sqrt(62.5));
}

TEST_CASE("float weights are rounded double ones") {
  const auto narrow = chain<float>({8, 6}, {Activation::relu});
  const auto wide = chain<double>({8, 6}, {Activation::relu});
  const Buffer<float> floats = initialParameters(*narrow, 7);
  const Buffer<double> doubles = initialParameters(*wide, 7);
  for (size_t i = 0; i < floats.size(); ++i) CHECK(floats[i] == float(doubles[i]));
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
