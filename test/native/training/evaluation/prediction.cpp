#include "training/evaluation/prediction.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "bits.h"
#include "models/architectures.h"
#include "on_team.h"
#include "tables.h"
#include "training/evaluation/evaluation.h"

namespace glissade {
namespace {

template <typename Real>
std::vector<Real> predicted(const Network<Real>& network, const Buffer<Real>& parameters, const Dataset& data,
                            Precision precision = Precision::full) {
  std::vector<Real> outputs(data.rows() * network.outputs(), Real(99));
  PredictionMemory<Real> memory;
  predict(network, parameters.data(), data, outputs.data(), precision, memory);
  return outputs;
}

TEST_SUITE_BEGIN("training");

TEST_CASE("a prediction equals the formula") {
  const auto network = chain<double>({3, 4, 2}, {Activation::tanh, Activation::identity});
  const Buffer<double> p = drawn<double>(network->parameterCount(), 1);
  const Dataset data = regressed(5, 3, 1, 2);
  const std::vector<double> outputs = predicted(*network, p, data);
  for (size_t row = 0; row < 5; ++row) {
    double hidden[4];
    for (size_t j = 0; j < 4; ++j) {
      double sum = p[12 + j];
      for (size_t k = 0; k < 3; ++k) sum += data.dense().at(row, k) * p[k * 4 + j];
      hidden[j] = std::tanh(sum);
    }
    for (size_t j = 0; j < 2; ++j) {
      double sum = p[16 + 8 + j];
      for (size_t k = 0; k < 4; ++k) sum += hidden[k] * p[16 + k * 2 + j];
      CHECK(outputs[row * 2 + j] == doctest::Approx(sum).epsilon(1e-14));
    }
  }
}

TEST_CASE_TEMPLATE("a row has equal bits alone, among many, and in teams of any size", Real, float, double) {
  const auto network = chain<Real>({9, 40, 6}, {Activation::sigmoid, Activation::gelu});
  const Buffer<Real> parameters = initialParameters(*network, 4);
  const Dataset data = classified(2 * network->forwardRows() + 33, 9, 6, 5);
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    useInstructionSet(nameOf(table->instructionSet));
    std::vector<Real> singly;
    for (uint32_t i = 0; i < data.rows(); ++i)
      for (const Real output : predicted(*network, parameters, data.select({i}))) singly.push_back(output);
    for (const size_t members : {1, 2, 3}) {
      Engine::instance().configure(members, {});
      CHECK(difference(predicted(*network, parameters, data), singly) == "");
    }
  }
}

TEST_CASE_TEMPLATE("an image has equal bits alone and among many, in a network with every layer", Real, float, double) {
  const auto network = everyLayer<Real>(Activation::silu);
  const Buffer<Real> parameters = initialParameters(*network, 4);
  const Dataset data = images(network->forwardRows() + 33, 5);
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    useInstructionSet(nameOf(table->instructionSet));
    std::vector<Real> singly;
    for (uint32_t i = 0; i < data.rows(); ++i) {
      double sum = 0;
      for (const Real output : predicted(*network, parameters, data.select({i}))) {
        singly.push_back(output);
        sum += double(output);
      }
      CHECK(sum == doctest::Approx(1).epsilon(1e-6));
    }
    for (const size_t members : {1, 2, 3}) {
      Engine::instance().configure(members, {});
      CHECK(difference(predicted(*network, parameters, data), singly) == "");
    }
  }
}

TEST_CASE("in bfloat16, too, a row has equal bits alone, among many, and in teams of any size") {
  const auto network = chain<float>({9, 40, 6}, {Activation::relu, Activation::identity});
  const Buffer<float> parameters = initialParameters(*network, 4);
  const Dataset data = classified(3 * 256 + 33, 9, 6, 5);
  std::vector<float> singly;
  for (uint32_t i = 0; i < data.rows(); ++i)
    for (const float output : predicted(*network, parameters, data.select({i}), Precision::bfloat16))
      singly.push_back(output);
  for (const size_t members : {1, 2, 3, 4}) {
    Engine::instance().configure(members, {});
    CHECK(difference(predicted(*network, parameters, data, Precision::bfloat16), singly) == "");
  }
}

TEST_CASE("workspaces are kept for the next prediction, unless they are large") {
  const auto network = chain<float>({9, 6}, {Activation::identity}),
             wide = chain<float>({1 << 15, 2}, {Activation::identity});
  const Buffer<float> parameters = initialParameters(*network, 4), ofWide = initialParameters(*wide, 4);
  const Dataset data = classified(400, 9, 6, 5);
  Engine::instance().configure(2, {});
  PredictionMemory<float> memory;
  std::vector<float> outputs(400 * 6);
  const auto predictWith = [&](const Dataset& rows) {
    predict(*network, parameters.data(), rows, outputs.data(), Precision::full, memory);
  };
  predictWith(data.select({1, 2, 3}));
  const Workspace<float>* const few = memory.few.get();
  CHECK(few != nullptr);
  CHECK(memory.ofMembers.empty());
  predictWith(data.select({4}));
  CHECK(memory.few.get() == few);

  predictWith(data);
  REQUIRE(memory.ofMembers.size() == 2);
  const Workspace<float>* const ofMembers = memory.ofMembers.data();
  predictWith(data);
  CHECK(memory.ofMembers.data() == ofMembers);
  CHECK(memory.few.get() == few);

  PredictionMemory<float> ofLarge;
  predict(*wide, ofWide.data(), classified(200, 1 << 15, 2, 5), outputs.data(), Precision::full, ofLarge);
  CHECK(ofLarge.ofMembers.empty());
}

TEST_CASE("a prediction of no rows writes nothing") {
  const auto network = chain<float>({9, 6}, {Activation::identity});
  const Dataset none = classified(40, 9, 6, 5).select({});
  CHECK(predicted(*network, initialParameters(*network, 4), none).empty());
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
