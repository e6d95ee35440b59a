#include "layers/layer_norm.h"

#include <doctest/doctest.h>

#include <cmath>

#include "layers/checks.h"

namespace glissade {
namespace {

constexpr double kEpsilon = 1e-3;

template <typename Real>
Setting<Real> settingOf(const Shape& shape, Activation activation, size_t count) {
  return {std::make_shared<const LayerNorm<Real>>(shape, kEpsilon, activation), {shape}, count};
}

struct Size {
  Shape shape;
  size_t count;
};
// One number, with variance 0, one row, channels that don't fill panels, and several blocks of rows.
const Size kSizes[] = {{{1, 1, 1}, 3}, {{1, 1, 45}, 1}, {{1, 1, 7}, 37}, {{3, 5, 33}, 5}, {{1, 1, 64}, 17}};

struct Plain {
  std::vector<double> y, inputGradient, weights, biases;

  template <typename Real>
  Plain(const Trial<Real>& trial, size_t channels) : weights(channels), biases(channels) {
    const std::vector<Real>&x = trial.inputs[0].values, &p = trial.parameters.values, &delta = trial.delta.values;
    const double n = double(channels);
    for (size_t row = 0; row < x.size(); row += channels) {
      double mean = 0, variance = 0, sum = 0, products = 0;
      for (size_t j = 0; j < channels; ++j) mean += double(x[row + j]) / n;
      for (size_t j = 0; j < channels; ++j) variance += std::pow(double(x[row + j]) - mean, 2) / n;
      const double scale = 1 / std::sqrt(variance + kEpsilon);
      const auto xHat = [&](size_t j) { return (double(x[row + j]) - mean) * scale; };
      const auto g = [&](size_t j) { return double(delta[row + j]) * double(p[j]); };
      for (size_t j = 0; j < channels; ++j) {
        y.push_back(xHat(j) * double(p[j]) + double(p[channels + j]));
        weights[j] += double(delta[row + j]) * xHat(j);
        biases[j] += double(delta[row + j]);
        sum += g(j);
        products += g(j) * xHat(j);
      }
      for (size_t j = 0; j < channels; ++j) inputGradient.push_back(scale * (g(j) - sum / n - xHat(j) * products / n));
    }
  }
};

TEST_SUITE_BEGIN("layers");

TEST_CASE("layer normalisation starts with weights of 1 and biases of 0, which don't decay") {
  const LayerNorm<float> layer({2, 2, 3}, kEpsilon, Activation::identity);
  for (const Tensor& tensor : layer.tensors()) {
    CHECK(tensor.shape == std::vector<size_t>{3});
    CHECK_FALSE(tensor.decays);
    CHECK(tensor.trains);
  }
  std::vector<float> parameters(6, 9);
  Random random(1, Draw::weights, 0);
  layer.initialize(random, parameters.data());
  CHECK(parameters == std::vector<float>{1, 1, 1, 0, 0, 0});
}

TEST_CASE_TEMPLATE("layer normalisation equals the plain loop", Real, float, double) {
  for (const auto& [shape, count] : kSizes) {
    CAPTURE(shape.text());
    forEachTrial<Real>(settingOf<Real>(shape, Activation::identity, count), Tangents::none,
                       [&, rows = count](const Trial<Real>& trial) {
                         const Plain plain(trial, trial.setting.inputs[0].channels);
                         const Outcome<Real> outcome = trial.run(1, {rows});
                         checkNear(outcome.output.values, plain.y);
                         std::vector<double> gradient = plain.weights;
                         gradient.insert(gradient.end(), plain.biases.begin(), plain.biases.end());
                         checkNear(outcome.gradient.values, gradient);
                         if (trial.place != Place::first)
                           checkNear(outcome.inputGradient[0].values, plain.inputGradient, 256);
                       });
  }
}

TEST_CASE_TEMPLATE("layer normalisation is activated, and its preactivation saved", Real, float, double) {
  checkActivated<Real>([](Activation activation) { return settingOf<Real>({1, 1, 45}, activation, 3); });
}

TEST_CASE_TEMPLATE("layer normalisation has equal bits in teams of any size", Real, float, double) {
  for (const auto& [shape, count] : kSizes) {
    CAPTURE(shape.text());
    checkTeams(settingOf<Real>(shape, Activation::silu, count), Mode::training);
    checkMakers(settingOf<Real>(shape, Activation::identity, count));
  }
}

TEST_CASE("tangents of layer normalisation are derivatives, with every activation") {
  for (const auto& [shape, count] : kSizes) {
    CAPTURE(shape.text());
    for (const Activation activation : kActivations) {
      CAPTURE(int(activation));
      checkTangents(settingOf<double>(shape, activation, count), Mode::training);
    }
    checkTranspose(settingOf<double>(shape, Activation::identity, count), Mode::training);
  }
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
