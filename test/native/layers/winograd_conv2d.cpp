#include "layers/winograd_conv2d.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "layers/checks.h"
#include "layers/images.h"

namespace glissade {
namespace {

/// Whole and cut tiles, windows beyond the image on all sides or none, channels that fill panels and vectors or not,
/// and enough examples for several sums of the weights' gradient.
struct Size {
  Shape image;
  size_t kernel, padding, channels, count;
};
const Size kSizes[] = {{{8, 8, 16}, 3, 1, 16, 9}, {{9, 11, 19}, 3, 1, 33, 3}, {{11, 10, 40}, 3, 0, 17, 2},
                       {{8, 7, 17}, 3, 2, 20, 3}, {{7, 9, 16}, 5, 2, 19, 5},  {{11, 12, 18}, 5, 0, 16, 2},
                       {{8, 6, 18}, 5, 4, 35, 1}};

Windows windowsOf(const Size& size) {
  return windowsOver(size.image, {{size.kernel, size.kernel}, {1, 1}, {size.padding, size.padding}});
}

template <typename Real>
Setting<Real> settingOf(const Size& size, Activation activation, bool bias) {
  const Conv2dOptions options{size.channels, activation, bias, Initializer::automatic};
  return {std::make_shared<const WinogradConv2d<Real>>(size.image, windowsOf(size), options), {size.image}, size.count};
}

template <typename Check>
void forEachSize(Check check) {
  for (const Size& size : kSizes)
    for (const bool bias : {true, false}) {
      CAPTURE(size.image.text());
      CAPTURE(size.kernel);
      CAPTURE(bias);
      check(size, bias);
    }
}

/// The results of a convolution as plain sums in double.
struct Plain {
  std::vector<double> y, gradient, inputGradient;

  template <typename Real>
  Plain(const Trial<Real>& trial, const Size& size, bool bias) {
    const std::vector<Real>&x = trial.inputs[0].values, &w = trial.parameters.values, &delta = trial.delta.values;
    const Windows windows = windowsOf(size);
    const size_t inputs = size.image.channels, outputs = size.channels, depth = windows.taps() * inputs;
    y.resize(delta.size());
    gradient.resize(w.size());
    inputGradient.resize(x.size());
    forEachWindow(windows, size.count, [&](size_t row, auto seen) {
      for (size_t j = 0; j < outputs; ++j) {
        const double d = double(delta[row * outputs + j]);
        double& sum = y[row * outputs + j];
        for (size_t k = 0; k < depth; ++k) {
          const auto position = seen(k / inputs);
          if (!position) continue;
          const size_t place = *position * inputs + k % inputs;
          sum += double(x[place]) * double(w[k * outputs + j]);
          gradient[k * outputs + j] += double(x[place]) * d;
          inputGradient[place] += double(w[k * outputs + j]) * d;
        }
        if (bias) sum += double(w[depth * outputs + j]);
        if (bias) gradient[depth * outputs + j] += d;
      }
    });
  }
};

/// The root of the mean square of errors, in units of that of the numbers and of the machine's epsilon.
template <typename Real>
double errorOf(const std::vector<Real>& numbers, const std::vector<double>& expected) {
  REQUIRE(numbers.size() == expected.size());
  double errors = 0, squares = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    errors += std::pow(double(numbers[i]) - expected[i], 2);
    squares += std::pow(expected[i], 2);
  }
  return std::sqrt(errors / squares) / double(std::numeric_limits<Real>::epsilon());
}

TEST_SUITE_BEGIN("layers");

TEST_CASE("Winograd's algorithm is chosen by shapes: kernels, strides, channels and tiles") {
  const auto suits = [](const Shape& image, const WindowOptions& window, size_t channels) {
    return WinogradConv2d<float>::suits(image, windowsOver(image, window), channels);
  };
  CHECK(suits({8, 8, 16}, {{3, 3}, {1, 1}, {1, 1}}, 16));
  CHECK(suits({11, 11, 16}, {{5, 5}, {1, 1}, {0, 0}}, 16));
  CHECK_FALSE(suits({8, 8, 15}, {{3, 3}, {1, 1}, {1, 1}}, 16));
  CHECK_FALSE(suits({8, 8, 16}, {{3, 3}, {1, 1}, {1, 1}}, 15));
  CHECK_FALSE(suits({8, 6, 16}, {{3, 3}, {1, 1}, {1, 1}}, 16));
  CHECK_FALSE(suits({16, 16, 16}, {{3, 3}, {2, 1}, {1, 1}}, 16));
  CHECK_FALSE(suits({16, 16, 16}, {{3, 3}, {1, 2}, {1, 1}}, 16));
  CHECK_FALSE(suits({16, 16, 16}, {{3, 5}, {1, 1}, {1, 1}}, 16));
  CHECK_FALSE(suits({16, 16, 16}, {{4, 4}, {1, 1}, {1, 1}}, 16));
  const Shape image{8, 8, 16};
  const auto made = [&](size_t channels) {
    return conv2dOf<float>(image, windowsOver(image, {{3, 3}, {1, 1}, {1, 1}}), {channels, Activation::relu, true, {}});
  };
  CHECK(dynamic_cast<const WinogradConv2d<float>*>(made(16).get()));
  CHECK_FALSE(dynamic_cast<const WinogradConv2d<float>*>(made(15).get()));
}

TEST_CASE_TEMPLATE("convolutions by Winograd's algorithm are close to the plain sums", Real, float, double) {
  forEachSize([](const Size& size, bool bias) {
    const auto setting = settingOf<Real>(size, Activation::identity, bias);
    forEachTrial<Real>(setting, Tangents::none, [&](const Trial<Real>& trial) {
      const Plain plain(trial, size, bias);
      const Outcome<Real> outcome = trial.run(1, {size.count});
      // Measured: up to 2.4 epsilons in float, compared with 0.9 for plain sums in float. Doubles are compared with
      // sums that have their own errors.
      const double bound = sizeof(Real) == sizeof(float) ? 3 : 12;
      CHECK(errorOf(outcome.output.values, plain.y) < bound);
      CHECK(errorOf(outcome.gradient.values, plain.gradient) < bound);
      if (trial.place != Place::first) CHECK(errorOf(outcome.inputGradient[0].values, plain.inputGradient) < bound);
    });
  });
}

TEST_CASE_TEMPLATE("convolutions by Winograd's algorithm have equal bits in teams of any size", Real, float, double) {
  forEachSize([](const Size& size, bool bias) {
    const auto setting = settingOf<Real>(size, Activation::silu, bias);
    checkTeams(setting, Mode::training);
    const Trial<Real> trial{*tables().back(), setting};
    const Outcome<Real> alone = trial.run(1, {size.count});
    for (const size_t members : {2, 3, 5, 16}) CHECK(difference(trial.run(size_t(members), {size.count}), alone) == "");
  });
}

TEST_CASE(
    "convolutions by Winograd's algorithm in bfloat16 are close to those in float, with equal bits in teams of any "
    "size") {
  forEachSize(
      [](const Size& size, bool bias) { checkBfloat16(settingOf<float>(size, Activation::identity, bias), 1e-2); });
}

TEST_CASE_TEMPLATE("an example's outputs have equal bits in minibatches of any size", Real, float, double) {
  const Size& size = kSizes[1];
  Trial<Real> trial{*tables().back(), settingOf<Real>(size, Activation::relu, true)};
  const std::vector<Real> together = trial.run(1, {size.count}).output.values;
  trial.setting.count = 1;
  trial.inputs[0].values.resize(trial.inputs[0].values.size() / size.count);
  trial.delta.values.resize(trial.delta.values.size() / size.count);
  const std::vector<Real> alone = trial.run(1, {1}).output.values;
  CHECK(std::equal(alone.begin(), alone.end(), together.begin()));
}

TEST_CASE_TEMPLATE("convolutions by Winograd's algorithm apply every activation", Real, float, double) {
  for (const Size& size : {kSizes[1], kSizes[4]})
    checkActivated<Real>([&](Activation activation) { return settingOf<Real>(size, activation, true); });
}

TEST_CASE_TEMPLATE("convolutions by Winograd's algorithm send back gradients through the activation before them", Real,
                   float, double) {
  for (const Size& size : {kSizes[1], kSizes[5]}) checkMakers(settingOf<Real>(size, Activation::identity, true));
}

TEST_CASE("tangents of convolutions by Winograd's algorithm are derivatives") {
  forEachSize([](const Size& size, bool bias) {
    checkTangents(settingOf<double>(size, Activation::tanh, bias), Mode::training);
    checkTranspose(settingOf<double>(size, Activation::identity, bias), Mode::training);
  });
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
