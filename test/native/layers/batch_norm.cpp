#include "layers/batch_norm.h"

#include <doctest/doctest.h>

#include <cmath>

#include "layers/checks.h"

namespace glissade {
namespace {

constexpr BatchNormOptions kOptions{1e-3, 0.25, Activation::identity};

template <typename Real>
Setting<Real> settingOf(const Shape& shape, Activation activation, size_t count) {
  BatchNormOptions options = kOptions;
  options.activation = activation;
  return {std::make_shared<const BatchNorm<Real>>(shape, options), {shape}, count};
}

struct Size {
  Shape shape;
  size_t count;
};
// One row, channels that don't fill panels, and several blocks of rows, the last one short.
const Size kSizes[] = {{{1, 1, 9}, 1},  {{1, 1, 45}, 7}, {{1, 1, 3}, 37},
                       {{3, 5, 33}, 5}, {{7, 3, 1}, 1},  {{1, 1, 64}, 17}};

/// The gradient of weights and of biases, and zeros for statistics.
struct Plain {
  std::vector<double> y, inputGradient, gradient, parameters;

  template <typename Real>
  Plain(const Trial<Real>& trial, size_t channels, Mode mode)
      : y(trial.delta.values.size()), inputGradient(y.size()), gradient(4 * channels) {
    const std::vector<Real>&x = trial.inputs[0].values, &p = trial.parameters.values, &delta = trial.delta.values;
    parameters.assign(p.begin(), p.end());
    const size_t rows = x.size() / channels;
    const double n = double(rows);
    for (size_t j = 0; j < channels; ++j) {
      const auto at = [&](size_t i) { return i * channels + j; };
      double mean = double(p[2 * channels + j]), variance = double(p[3 * channels + j]);
      if (mode == Mode::training) {
        mean = variance = 0;
        for (size_t i = 0; i < rows; ++i) mean += double(x[at(i)]) / n;
        for (size_t i = 0; i < rows; ++i) variance += std::pow(double(x[at(i)]) - mean, 2) / n;
        if (rows > 1) {
          parameters[2 * channels + j] += kOptions.momentum * (mean - parameters[2 * channels + j]);
          parameters[3 * channels + j] += kOptions.momentum * (variance * n / (n - 1) - parameters[3 * channels + j]);
        }
      }
      const double scale = 1 / std::sqrt(variance + kOptions.epsilon), weight = double(p[j]);
      const auto xHat = [&](size_t i) { return (double(x[at(i)]) - mean) * scale; };
      double &products = gradient[j], &sum = gradient[channels + j];
      for (size_t i = 0; i < rows; ++i) {
        y[at(i)] = xHat(i) * weight + double(p[channels + j]);
        products += double(delta[at(i)]) * xHat(i);
        sum += double(delta[at(i)]);
      }
      const double share = mode == Mode::training ? 1 / n : 0;
      for (size_t i = 0; i < rows; ++i)
        inputGradient[at(i)] = weight * scale * (double(delta[at(i)]) - share * (sum + xHat(i) * products));
    }
  }
};

TEST_SUITE_BEGIN("layers");

TEST_CASE("batch normalisation starts with weights of 1 and biases of 0, statistics don't train, and nothing decays") {
  const BatchNorm<float> layer({2, 2, 2}, kOptions);
  const auto tensors = layer.tensors();
  REQUIRE(tensors.size() == 4);
  for (size_t i = 0; i < 4; ++i) {
    CHECK(tensors[i].shape == std::vector<size_t>{2});
    CHECK_FALSE(tensors[i].decays);
    CHECK(tensors[i].trains == (i < 2));
  }
  std::vector<float> parameters(8, 9);
  Random random(1, Draw::weights, 0);
  layer.initialize(random, parameters.data());
  CHECK(parameters == std::vector<float>{1, 1, 0, 0, 0, 0, 1, 1});
}

TEST_CASE_TEMPLATE("batch normalisation equals the plain loop, in training and in evaluation", Real, float, double) {
  for (const auto& [shape, count] : kSizes)
    for (const Mode mode : {Mode::training, Mode::evaluation}) {
      CAPTURE(shape.text());
      CAPTURE(int(mode));
      const Batch batch{count, mode};
      forEachTrial<Real>(settingOf<Real>(shape, Activation::identity, count), Tangents::none,
                         [&](const Trial<Real>& trial) {
                           const Plain plain(trial, trial.setting.inputs[0].channels, mode);
                           const Outcome<Real> outcome = trial.run(1, batch);
                           checkNear(outcome.output.values, plain.y);
                           checkNear(outcome.gradient.values, plain.gradient, 256);
                           checkNear(outcome.parameters, plain.parameters);
                           if (trial.place != Place::first)
                             checkNear(outcome.inputGradient[0].values, plain.inputGradient, 256);
                         });
    }
}

TEST_CASE_TEMPLATE("means far from 0 do not reduce the precision of the variance", Real, float, double) {
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    Trial<Real> trial{*table, settingOf<Real>({1, 1, 5}, Activation::identity, 100)};
    for (Real& x : trial.inputs[0].values) x += 1000;
    checkNear(trial.run(1, {100, Mode::training}).output.values, Plain(trial, 5, Mode::training).y, 4000);
  }
}

TEST_CASE_TEMPLATE("batch normalisation is activated, and its preactivation saved", Real, float, double) {
  checkActivated<Real>([](Activation activation) { return settingOf<Real>({1, 1, 45}, activation, 3); });
}

TEST_CASE_TEMPLATE("batch normalisation has equal bits in teams of any size", Real, float, double) {
  for (const auto& [shape, count] : kSizes) {
    CAPTURE(shape.text());
    for (const Mode mode : {Mode::training, Mode::evaluation})
      checkTeams(settingOf<Real>(shape, Activation::silu, count), mode);
    checkMakers(settingOf<Real>(shape, Activation::identity, count));
  }
}

TEST_CASE("tangents of batch normalisation are derivatives, with every activation") {
  for (const auto& [shape, count] : kSizes)
    for (const Mode mode : {Mode::training, Mode::evaluation}) {
      CAPTURE(shape.text());
      CAPTURE(int(mode));
      for (const Activation activation : kActivations) {
        CAPTURE(int(activation));
        checkTangents(settingOf<double>(shape, activation, count), mode);
      }
      checkTranspose(settingOf<double>(shape, Activation::identity, count), mode);
    }
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
