// Compares mean and variance of the gradients of single examples with their definition, in two passes.
#include "training/evaluation/gradient_variance.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "bits.h"
#include "models/architectures.h"
#include "on_team.h"
#include "tables.h"
#include "training/evaluation/derivatives.h"

namespace glissade {
namespace {

template <typename Real>
struct Found {
  GradientSpread spread;
  Buffer<Real> gradient, variance;
};

template <typename Real>
struct Example {
  std::shared_ptr<const Network<Real>> network;
  Dataset data;
  Buffer<Real> parameters = initialParameters(*network, 3);

  Found<Real> found() const {
    Found<Real> found{{}, Buffer<Real>(parameters.size()), Buffer<Real>(parameters.size())};
    found.spread = gradientVariance(network, parameters.data(), data, {Loss::crossEntropy, false},
                                    found.gradient.data(), found.variance.data());
    return found;
  }

  /// The gradient over some rows.
  Buffer<Real> gradientOf(const Dataset& rows) const {
    Buffer<Real> gradient(parameters.size());
    differentiate(network, parameters.data(), rows, {Loss::crossEntropy, false}, {},
                  Derivatives<Real>{gradient.data()});
    return gradient;
  }
};

TEST_SUITE_BEGIN("models");

TEST_CASE("the variance of gradients of a network with every layer equals that of the definition") {
  constexpr size_t kRows = 41;
  const Example<double> example{everyLayer<double>(Activation::silu), images(kRows, 1)};
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    useInstructionSet(nameOf(table->instructionSet));
    const Found<double> found = example.found();
    const Buffer<double> mean = example.gradientOf(example.data);
    Buffer<double> variance(mean.size());
    for (uint32_t row = 0; row < kRows; ++row) {
      const Buffer<double> one = example.gradientOf(example.data.select({row}));
      for (size_t i = 0; i < mean.size(); ++i) variance[i] += std::pow(one[i] - mean[i], 2) / kRows;
    }
    double total = 0;
    for (size_t i = 0; i < mean.size(); ++i) {
      total += variance[i];
      if (!(std::abs(found.gradient[i] - mean[i]) <= 1e-13)) FAIL_CHECK("gradient ", i);
      if (!(std::abs(found.variance[i] - variance[i]) <= 1e-13)) FAIL_CHECK("variance ", i);
    }
    CHECK(total > 0);
    CHECK(found.spread.total == doctest::Approx(total).epsilon(1e-12));
  }
}

TEST_CASE_TEMPLATE("variances of gradients have equal bits in teams of any size", Real, float, double) {
  const Example<Real> example{everyLayer<Real>(Activation::gelu), images(37, 1)};
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    useInstructionSet(nameOf(table->instructionSet));
    Engine::instance().configure(1, {});
    const Found<Real> alone = example.found();
    for (const size_t members : {2, 3, 24}) {
      CAPTURE(members);
      Engine::instance().configure(members, {});
      const Found<Real> together = example.found();
      CHECK(together.spread.loss == alone.spread.loss);
      CHECK(together.spread.total == alone.spread.total);
      CHECK(difference(together.gradient, alone.gradient) == "");
      CHECK(difference(together.variance, alone.variance) == "");
    }
  }
}

TEST_CASE_TEMPLATE("equal gradients have no variance", Real, float, double) {
  Example<Real> example{everyLayer<Real>(Activation::tanh), images(5, 1)};
  example.data = example.data.select(std::vector<uint32_t>(300, 2));
  const Found<Real> found = example.found();
  CHECK(found.spread.total == 0);
  CHECK(difference(found.gradient, example.gradientOf(example.data.select({0}))) == "");
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
